"""A long transcript, measured: time and memory of a worker, and what those notice who talk meanwhile."""

import asyncio
import json
import statistics
import time
from collections.abc import Callable

import pytest

from chat.tests.clients import Client
from chat.tests.crowds import RATES, connected, seat_people
from chat.tests.servings import Making, full_room, shell
from core.tests import figures
from core.tests.servers import PlazaFactory

pytestmark = pytest.mark.slow

MANY, ROUNDS = 10_000, 3
MOST_SECONDS, MOST_MEGABYTES = 20, 200
BODIES = (
    "Line {number}. I have tried the new lamp, and it flickers a little: is it the dimmer, or the bulb?",
    "Line {number}. It is the dimmer",
    "Line {number}. مساء الخير! هل يعمل هذا المصباح على ٢٢٠ فولت أيضًا؟ أريد واحدًا لغرفة الأطفال.",
    "Line {number}. नमस्ते, यह दीपक कितने का है? \N{WAVING HAND SIGN}",
    "Line {number}. It does, see https://plaza.example/a-rather-long-address/that-does-not-break/anywhere.html",
)
MAKE = """
import json, sys, tempfile, time
from chat import transcript_pdf
from chat.transcript import Transcript
from rooms.models import Channel, Member
seat = Member.objects.get(user__username="alice", space__slug="{slug}")
transcript = Transcript.of_seat(Channel.objects.select_related("space").get(space=seat.space), seat)
began, worked = time.monotonic(), time.process_time()
with tempfile.TemporaryFile() as file:
    pages = transcript_pdf.write(transcript, file)
    took, cpu, size = time.monotonic() - began, time.process_time() - worked, file.tell()
with open("/proc/self/status") as told:  # ru_maxrss would begin with what the parent had when it forked
    peak = next(int(line.split()[1]) for line in told if line.startswith("VmHWM")) / 1024
sys.stdout.write(json.dumps(dict(seconds=took, cpu=cpu, pages=pages, size=size, peak=peak)))
"""
EMBEDDED: dict[str, str | None] = {**RATES, "DATABASE_URL": None, "REDIS_URL": None, "ROOM_COOLDOWN": "0"}


async def test_ten_thousand_messages_take_twenty_seconds_and_bounded_memory(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza(EMBEDDED)
    measured = {}
    for many in (MANY // 4, MANY):
        _token, slug = await full_room(plaza, many, BODIES)
        measured[many] = one = json.loads(shell(plaza, MAKE.format(slug=slug)))
        figures.show(f"{many} messages as PDF: " + ", ".join(f"{name} {value:.1f}" for name, value in one.items()))
    whole = measured[MANY]
    assert whole["cpu"] < MOST_SECONDS, "of the processor: how long that takes depends on who else is there"
    assert whole["peak"] < MOST_MEGABYTES
    part = measured[MANY // 4]
    assert whole["cpu"] < part["cpu"] * 4 * 1.3, "four times as many take about four times as long"
    assert whole["peak"] < part["peak"] * 1.3, "and no more memory than a little"


@pytest.mark.laboratory
async def test_who_talks_meanwhile_notices_nothing(start_plaza: PlazaFactory) -> None:
    """The worker is a thread of the server, and makes it in a process of its own: both would want Python's one lock."""
    plaza = start_plaza(EMBEDDED)
    talkers = await seat_people([plaza.url] * 3)
    during: list[float] = []
    quiet: list[float] = []
    took: list[float] = []
    async with connected(talkers):
        await acks(talkers, 2)
        for _round in range(ROUNDS):
            token, slug = await full_room(plaza, MANY, BODIES)
            with await asyncio.to_thread(Making, plaza, token, slug) as making:
                over = asyncio.create_task(making.is_over(120))
                began = time.monotonic()
                during += await acks(talkers, 120, over.done)
                assert over.result()["state"] == "done"
                took.append(time.monotonic() - began)
                said, _none = await asyncio.gather(acks(talkers, took[-1]), making.is_looked_at(took[-1]))
                quiet += said
    assert min(len(during), len(quiet)) > 50 * ROUNDS
    figures.show(f"{MANY} messages as PDF beside a talk: {statistics.median(took):.0f} s")
    for name, part in (("median", 50), ("95th percentile", 95)):
        figures.show(f"acks beside it, {name}: {cut(during, part):.1f} ms; without {cut(quiet, part):.1f} ms")
    assert cut(during, 50) < max(2 * cut(quiet, 50), 15)
    assert cut(during, 95) < max(3 * cut(quiet, 95), 50)


async def acks(talkers: list[Client], seconds: float, enough: Callable[[], bool] = lambda: False) -> list[float]:
    """Milliseconds from saying to acknowledgement, of about 20 messages a second together."""
    end, before = time.monotonic() + seconds, {client.name: len(client.said) for client in talkers}

    async def voice(client: Client) -> None:
        while time.monotonic() < end and not enough():
            await client.say("How are you?")
            await asyncio.sleep(0.15)

    await asyncio.gather(*(voice(client) for client in talkers))
    return [1000 * (one.acked_at - one.said_at) for client in talkers for one in client.said[before[client.name] :]]


def cut(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


@pytest.mark.laboratory
async def test_a_killed_worker_leaves_one_file_all_the_same(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza(EMBEDDED)
    token, slug = await full_room(plaza, MANY, BODIES)
    with await asyncio.to_thread(Making, plaza, token, slug) as making:
        until = time.monotonic() + 120
        while not 0 < making.look()["progress"] < 100:
            assert time.monotonic() < until, making.progress
            await asyncio.sleep(0.05)

        await asyncio.to_thread(plaza.restart)
        shown = await making.is_over(120)  # the worker counts as dead after a minute without a sign

    assert shown["state"] == "done"
    assert [path.name for path in plaza.data.rglob("transcripts/*")] == [f"{shown['id']}.pdf"]
