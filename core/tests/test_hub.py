"""The hub alone: order, gaps, held seats, slow readers. Every story runs on a database in memory."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from core.realtime import RECHECK, Event
from core.realtime.hub import HEARTBEAT, Hub
from core.tests.hubs import ALL, CHANNEL, MemoryTruth, Reader, run

pytestmark = pytest.mark.django_db  # none is asked, but the hub's threads close what connections others left open

Story = Callable[[Hub, MemoryTruth], Awaitable[None]]
TOPIC = f"channel:{CHANNEL}"
LOOK = 1.2  # seconds: a look has been, and what it began is done


def told(story: Story) -> Callable[[], None]:
    """A test that tells the story to a hub of its own, and sees that nothing is left of it."""

    def test() -> None:
        truth = MemoryTruth()

        async def tell() -> None:
            hub = Hub(asyncio.get_running_loop())
            await story(hub, truth)
            for socket in list(hub.sockets):
                hub.detach(socket)
            assert (hub.logs, hub.sockets, hub._by_topic) == ({}, set(), {})
            await hub.stop()

        run(tell(), truth)

    test.__name__ = story.__name__
    test.__doc__ = story.__doc__
    return test


@told
async def test_events_come_in_order_however_they_arrive(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub)
    reader.sit(truth)
    events = [truth.say() for _ in range(50)]
    random.Random(2).shuffle(events)

    for event in events:
        hub.take(TOPIC, (event,))
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)

    assert reader.revs == list(range(1, 51))
    assert "changes" not in truth.asked


@told
async def test_an_event_that_comes_twice_goes_out_once(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub)
    reader.sit(truth)
    first, second = truth.say(), truth.say()

    for event in (second, first, second, first):
        hub.take(TOPIC, (event,))
        await asyncio.sleep(0.01)

    assert reader.revs == [1, 2]


@told
async def test_a_gap_is_repaired_once_for_all_after_a_tenth_of_a_second(hub: Hub, truth: MemoryTruth) -> None:
    readers = [Reader(hub) for _ in range(20)]
    for reader in readers:
        reader.sit(truth)
    _lost, *heard = [truth.say() for _ in range(4)]

    hub.take(TOPIC, tuple(heard))
    await asyncio.sleep(0.09)
    assert readers[0].revs == []
    await asyncio.sleep(0.05)

    assert [reader.revs for reader in readers] == [[1, 2, 3, 4]] * 20
    assert truth.asked.count("changes") == 1


@told
async def test_a_lost_hint_is_found_by_the_look(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub)
    reader.sit(truth)
    truth.say()
    truth.change(1)

    await asyncio.sleep(LOOK)

    assert reader.revs == [2], "the message as it is, at its newest rev"


@told
async def test_a_long_gap_is_repaired_page_by_page(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub)
    reader.sit(truth)
    for _ in range(450):
        truth.say()

    await asyncio.sleep(LOOK)

    assert reader.revs == list(range(1, 451))


@told
async def test_a_head_that_nobody_wrote_is_forgotten(hub: Hub, truth: MemoryTruth) -> None:
    """An event of a change that was lost with its database, as after a fail-over."""
    reader = Reader(hub)
    reader.sit(truth)
    hub.take(TOPIC, (truth.say(),))
    truth.say()
    promised = truth.say()
    truth.logs[CHANNEL].head, truth.logs[CHANNEL].revs = 1, [1]
    hub.take(TOPIC, (promised,))

    await asyncio.sleep(LOOK)

    assert reader.revs == [1]
    assert truth.asked.count("changes") <= 2


@told
async def test_a_dead_database_ends_nothing(hub: Hub, truth: MemoryTruth) -> None:
    truth.people = {5: 1}
    reader = Reader(hub, person=5)
    reader.sit(truth)
    truth.fails = ALL
    truth.say()
    hub.take(TOPIC, (truth.say(),))
    await asyncio.sleep(3.5)
    assert reader.revs == []

    truth.fails = set()
    await asyncio.sleep(LOOK)

    assert reader.revs == [1, 2]
    assert reader.closed == 0


@told
async def test_a_held_seat_gets_nothing_before_its_answer_and_all_after(hub: Hub, truth: MemoryTruth) -> None:
    Reader(hub).sit(truth)
    reader = Reader(hub)
    hub.take(TOPIC, (truth.say(),))
    seat = reader.hold(truth)
    hub.take(TOPIC, (truth.say(),))
    await asyncio.sleep(0.01)
    state = truth.state()
    hub.take(TOPIC, (Event.of("member"), truth.say()))
    await asyncio.sleep(0.01)
    assert reader.frames == []

    reader.open(seat, state)
    hub.take(TOPIC, (truth.say(),))
    await asyncio.sleep(0.01)

    assert [(f["op"], f.get("rev")) for f in reader.frames] == [
        ("ok", None), ("member", None), ("message", 3), ("message", 4),
    ]  # fmt: skip


@told
async def test_who_joined_later_is_told_that_something_changed_not_what(hub: Hub, truth: MemoryTruth) -> None:
    for _ in range(2):
        truth.say()
    late, early = Reader(hub), Reader(hub)
    late.sit(truth, from_seq=2)
    early.sit(truth)

    hub.take(TOPIC, (truth.change(1), truth.say(), truth.change(3)))
    await asyncio.sleep(0.01)

    assert [frame.get("seq") for frame in late.frames[1:]] == [None, 3, 3]
    assert [frame.get("seq") for frame in early.frames[1:]] == [1, 3, 3]


@told
async def test_the_author_gets_an_own_copy(hub: Hub, truth: MemoryTruth) -> None:
    author, other, rejoined = Reader(hub), Reader(hub), Reader(hub)
    author.sit(truth, member=1)
    other.sit(truth, member=2)
    rejoined.sit(truth, member=1, from_seq=1)

    hub.take(TOPIC, (truth.say(author=1),))
    await asyncio.sleep(0.01)

    assert [reader.frames[-1].get("own", False) for reader in (author, other, rejoined)] == [True, False, False]


@told
async def test_many_events_leave_in_one_frame(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub)
    reader.sit(truth)
    await asyncio.sleep(0.01)

    for _ in range(200):
        hub.take(TOPIC, (truth.say(),))
    await asyncio.sleep(0.01)

    assert len(reader.texts) == 2
    assert reader.revs == list(range(1, 201))


@told
async def test_who_stops_reading_is_closed_and_hurts_nobody(hub: Hub, truth: MemoryTruth) -> None:
    stalled, sound = Reader(hub), Reader(hub)
    for reader in (stalled, sound):
        reader.sit(truth)
    await asyncio.sleep(0.01)
    stalled.reads.clear()
    most = 0

    for _ in range(200):
        event = truth.say()
        hub.take(TOPIC, (Event(event.frame[:-1] + ', "pad": "' + "x" * 20_000 + '"}', rev=event.rev),))
        await asyncio.sleep(0.01)
        most = max(most, sum(map(len, stalled.socket._pending)))

    assert stalled.closed == 4503
    assert stalled.socket._pending == []
    assert most < 1024 * 1024 + 50_000
    assert sound.revs == list(range(1, 201))
    assert sound.closed == 0


@told
async def test_one_long_answer_is_not_slowness(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub)

    reader.socket.push('{"op": "ok", "pad": "' + "x" * 3_000_000 + '"}')
    await asyncio.sleep(0.01)

    assert (reader.closed, len(reader.texts)) == (0, 1)


@told
async def test_who_does_not_read_answers_is_asked_to_wait(hub: Hub, truth: MemoryTruth) -> None:
    """Answers asked for faster than they are read would else look like slowness, and close the socket for ever."""
    reader = Reader(hub)
    reader.reads.clear()
    for _ in range(2):
        reader.socket.push('{"op": "ok", "pad": "' + "x" * 300_000 + '"}')
        await asyncio.sleep(0.01)
    waiting = asyncio.create_task(reader.socket.has_read())
    await asyncio.sleep(5)
    assert not waiting.done()

    reader.reads.set()
    await waiting

    assert (reader.closed, len(reader.texts)) == (0, 2)


@told
async def test_who_is_put_out_hears_all_before_it_then_once_that_they_are_out(hub: Hub, truth: MemoryTruth) -> None:
    here, elsewhere = (Reader(hub, topics=("member:1",)) for _ in range(2))
    here.sit(truth)
    out = Event.of("out", expels=CHANNEL, channel=str(CHANNEL), reason="banned")

    hub.take(TOPIC, (truth.say(),))
    hub.take("member:1", (out,))
    hub.take(TOPIC, (truth.say(),))
    truth.logs[CHANNEL].acl_rev += 1
    truth.reasons[CHANNEL, 1] = "banned"
    await asyncio.sleep(LOOK)

    assert [frame["op"] for frame in here.frames] == ["ok", "message", "out"]
    assert [frame["op"] for frame in elsewhere.frames] == ["out"]


@told
async def test_an_event_that_comes_after_the_look_found_it_is_not_told_again(hub: Hub, truth: MemoryTruth) -> None:
    reader = Reader(hub, topics=("member:1",))
    reader.sit(truth)
    await asyncio.sleep(LOOK)
    truth.logs[CHANNEL].acl_rev += 1
    truth.reasons[CHANNEL, 1] = "banned"
    await asyncio.sleep(LOOK)

    hub.take("member:1", (Event.of("out", expels=CHANNEL, channel=str(CHANNEL), reason="banned"),))
    await asyncio.sleep(0.01)

    assert [frame["op"] for frame in reader.frames] == ["ok", "out"]


@told
async def test_a_doubt_outlives_a_dead_database_and_new_seats(hub: Hub, truth: MemoryTruth) -> None:
    """The look saw that access had changed, but could not ask whose; then somebody else sat down."""
    banned = Reader(hub)
    banned.sit(truth, member=1)
    await asyncio.sleep(LOOK)
    truth.logs[CHANNEL].acl_rev += 1
    truth.reasons[CHANNEL, 1] = "banned"
    truth.fails = {"expelled"}
    await asyncio.sleep(LOOK)
    assert "expelled" in truth.asked
    assert [frame["op"] for frame in banned.frames] == ["ok"]

    truth.fails = set()
    Reader(hub).sit(truth, member=2)
    await asyncio.sleep(LOOK)

    assert [frame["op"] for frame in banned.frames] == ["ok", "out"]


@told
async def test_a_ban_between_reading_and_sitting_down_is_found(hub: Hub, truth: MemoryTruth) -> None:
    Reader(hub).sit(truth, member=2)
    reader = Reader(hub)
    seat = reader.hold(truth, member=1)
    state = truth.state()
    truth.logs[CHANNEL].acl_rev += 1
    truth.reasons[CHANNEL, 1] = "banned"
    hub.logs[CHANNEL].acl_rev = 1  # the look saw the new revision already, before this seat was to be checked

    reader.open(seat, state)
    await asyncio.sleep(LOOK)

    assert [frame["op"] for frame in reader.frames] == ["ok", "out"]


@told
async def test_a_held_seat_is_checked_when_it_is_somebodys(hub: Hub, truth: MemoryTruth) -> None:
    Reader(hub).sit(truth, member=2)
    stays, banned = Reader(hub), Reader(hub)
    held = [(one, one.hub.hold_seat(one.socket, CHANNEL)) for one in (stays, banned)]
    truth.reasons = {(CHANNEL, 0): "forbidden", (CHANNEL, 1): "banned"}
    before = truth.state()
    truth.logs[CHANNEL].acl_rev += 1
    await asyncio.sleep(LOOK)
    assert "expelled" in truth.asked
    assert [one.frames for one, _ in held] == [[], []]

    for (_, seat), member in zip(held, (3, 1), strict=True):
        hub.open_seat(seat, before, member=member, from_seq=0)
    await asyncio.sleep(LOOK)

    assert ([frame["op"] for frame in stays.frames], [frame["reason"] for frame in banned.frames]) == ([], ["banned"])


@told
async def test_whose_sign_in_ended_is_closed_the_others_are_not(hub: Hub, truth: MemoryTruth) -> None:
    truth.people = {5: 3}
    gone, stays = (Reader(hub, topics=("person:5",), person=5) for _ in range(2))
    await asyncio.sleep(LOOK)
    assert (gone.closed, stays.closed, gone.socket.auth_rev) == (0, 0, 3)

    truth.ended.add(id(gone))
    hub.take("person:5", (RECHECK,))
    await asyncio.sleep(0.05)

    assert (gone.closed, stays.closed) == (4401, 0)


@told
async def test_no_timer_outlives_the_last_seat(hub: Hub, truth: MemoryTruth) -> None:
    truth.logs[CHANNEL].expires_at = datetime(2100, 1, 1, tzinfo=UTC)
    first, second = Reader(hub), Reader(hub)
    seats = [reader.sit(truth) for reader in (first, second)]
    timer = hub.logs[CHANNEL].ending
    assert timer is not None

    hub.leave(seats[0])
    assert not timer.cancelled()
    hub.leave(seats[1])

    assert timer.cancelled()


@told
async def test_beats_tell_the_heads(hub: Hub, truth: MemoryTruth) -> None:
    reader, waiting = Reader(hub), Reader(hub)
    reader.sit(truth)
    waiting.hold(truth)
    hub.take(TOPIC, (truth.say(),))

    await asyncio.sleep(2 * HEARTBEAT + 1)

    assert [f["heads"] for f in reader.frames if f["op"] == "beat"] == [{str(CHANNEL): 1}] * 2
    assert [f["heads"] for f in waiting.frames if f["op"] == "beat"] == [{}] * 2


@told
async def test_only_who_pinged_and_fell_silent_is_taken_for_dead(hub: Hub, truth: MemoryTruth) -> None:
    idle, dead = Reader(hub), Reader(hub)
    dead.socket.pinged = True

    await asyncio.sleep(2.5 * HEARTBEAT - 1)
    assert dead.closed == 0
    await asyncio.sleep(3)

    assert (idle.closed, dead.closed) == (0, 4408)


@pytest.mark.parametrize("held", [False, True])
def test_leaving_in_the_middle_of_a_flood_leaves_nothing(held: bool) -> None:
    async def story(hub: Hub, truth: MemoryTruth) -> None:
        reader = Reader(hub)
        seat = reader.hold(truth)
        if not held:
            reader.open(seat, truth.state())
        hub.take(TOPIC, (truth.say(), truth.say()))
        hub.detach(reader.socket)
        await asyncio.sleep(0.2)
        assert (hub.logs, hub._dirty) == ({}, set())

    told(story)()
