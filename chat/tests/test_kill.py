"""The web process is killed again and again while ten people talk: nothing acknowledged is lost, nothing is doubled."""

import asyncio
import random

from chat.tests.checker import Row, Stored, complaints
from chat.tests.clients import Client, Said, Seat
from chat.tests.crowds import (
    RATES,
    all_differences,
    all_said,
    bodies_of,
    connected,
    seat_people,
    settled,
    talk,
    until_acknowledged,
)
from core.tests import figures
from core.tests.servers import PlazaFactory, RunningPlaza

PEOPLE, EACH, KILLS = 10, 100, 3


async def test_nothing_is_lost_or_doubled_when_the_server_is_killed(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza(RATES)
    crowd = await seat_people([plaza.url] * PEOPLE)
    async with connected(crowd):
        talking = asyncio.gather(*(talk(client, bodies_of(client, EACH), in_flight=4) for client in crowd))
        await kill_while_they_talk(plaza, crowd)
        await asyncio.wait_for(talking, 60)
        stored = await settled(crowd, plaza.env)
        latecomer = Client("alice's other device", plaza.url, crowd[0].seat)
        async with connected([latecomer]):
            pass  # it is in when it has fetched all of it, page by page
    said = all_said(crowd)
    repeated = sum(one.tries > 1 for one in said)
    figures.show(f"{len(said)} messages, {KILLS} kills: {repeated} said again, {len(stored.rows)} stored")
    assert complaints(said, stored) == []
    assert len(stored.rows) == PEOPLE * EACH
    assert all_differences([*crowd, latecomer], stored) == []
    assert all(client.closes.count(1006) for client in crowd)
    assert repeated >= KILLS  # the kills came while messages were on their way


async def kill_while_they_talk(plaza: RunningPlaza, crowd: list[Client]) -> None:
    """At random moments, told by how much has been acknowledged: a slow machine must not outlive the talk."""
    span = (PEOPLE * EACH - 150) // KILLS
    for number in range(KILLS):  # far enough from each other that who was cut off is back
        await until_acknowledged(crowd, 50 + number * span + random.randrange(span - 80))
        await asyncio.sleep(random.uniform(0, 0.02))
        await asyncio.to_thread(plaza.restart)


# --- That the checker can see ---------------------------------------------------------------------------------------
def a_log() -> tuple[list[Said], Stored]:
    """Three messages of two people, one after the other."""
    said = [
        Said(author, f"nonce{seq}", f"message {seq}", said_at=10.0 * seq, acked_at=10.0 * seq + 5, tries=1, seq=seq)
        for seq, author in enumerate(("7", "8", "7"), start=1)
    ]
    rows = [Row(str(100 + one.seq), one.seq, one.seq, one.author, one.nonce, one.body, False) for one in said]
    return said, Stored(head=3, last_seq=3, rows=rows)


def test_the_checker_has_nothing_against_a_sound_log() -> None:
    said, stored = a_log()
    said.append(Said("8", "nonce4", "not yet acknowledged, and not stored", said_at=40.0, tries=1))
    assert complaints(said, stored) == []


def test_the_checker_sees_a_lost_message() -> None:
    said, stored = a_log()
    stored = Stored(head=2, last_seq=2, rows=stored.rows[:2])
    assert complaints(said, stored) == ["lost: 'message 3' was acknowledged as 3"]


def test_the_checker_sees_a_doubled_message() -> None:
    said, stored = a_log()
    twice = stored.rows[2]._replace(id="104", seq=4, rev=4)
    assert complaints(said, Stored(4, 4, [*stored.rows, twice])) == ["doubled: 7 said nonce3 2 times"]


def test_the_checker_sees_a_gap() -> None:
    said, stored = a_log()
    del said[1], stored.rows[1]
    assert complaints(said, stored) == ["gap: 2 messages, missing [2]"]


def test_the_checker_sees_counters_that_ran_ahead() -> None:
    said, stored = a_log()
    assert len(complaints(said, stored._replace(head=4, last_seq=4))) == 2


def test_the_checker_sees_what_was_never_said() -> None:
    said, stored = a_log()
    assert complaints(said[:2], stored) == ["invented: 3 was never said"]


def test_the_checker_sees_messages_that_changed_places() -> None:
    said, stored = a_log()
    rows = [stored.rows[0], stored.rows[2]._replace(seq=2), stored.rows[1]._replace(seq=3)]
    said[1].seq, said[2].seq = 3, 2
    (wrong,) = complaints(said, Stored(3, 3, rows))
    assert wrong.startswith("reordered")


def test_the_checker_sees_what_a_client_is_missing_and_has_stale() -> None:
    _, stored = a_log()
    client = Client("bob", "http://nowhere", Seat("", "1", "8"), position=3)
    for row in stored.rows[:2]:
        shown = {"id": row.id, "seq": row.seq, "rev": row.rev, "body": row.body, "deleted_at": None}
        client.messages[row.id] = shown
    stored.rows[1] = stored.rows[1]._replace(body="edited")
    client.wanted["101"] = "what its author wanted it to be"
    assert [wrong.split(" is ")[0] for wrong in sorted(all_differences([client], stored))] == [
        "bob: 101 should be 'what its author wanted it to be'",
        "bob: 102",
        "bob: 103",
    ]


async def test_the_client_sees_revs_that_go_backwards() -> None:
    client = Client("bob", "http://nowhere", Seat("", "1", "8"))
    for rev in (4, 5, 5):
        client._take({"op": "message", "channel": "1", "rev": rev, "message": None})
    assert client.faults == ["bob: live rev 5 came after 5"]
