"""What each seat gets of several events: the same text for most, and for whom something differs as if made for them."""

import random

from core.realtime import Event
from core.realtime.channel import chunks, own_chunk
from core.realtime.sockets import Seat


def message(rev, author=0, skips=0):
    return Event(
        frame=f"frame {rev}",
        rev=rev,
        floor=rev,
        veiled=f"veiled {rev}",
        author=author,
        own=f"own {rev}" if author else "",
        skips=skips,
    )


def seat(member, *, from_seq=0, after=0):
    made = Seat(None, 1)  # its socket is asked only about events that may be dropped
    made.member, made.from_seq, made.after, made.held = member, from_seq, after, None
    return made


def test_authors_get_their_own_events_as_theirs_and_the_others_as_everybody():
    events = [message(1, author=7), message(2, author=8), message(3, author=7), message(4)]
    given = {one.member: text.split("\n") for one, text in chunks(events, {seat(7), seat(8), seat(9)})}

    assert given == {
        7: ["own 1", "frame 2", "own 3", "frame 4"],
        8: ["frame 1", "own 2", "frame 3", "frame 4"],
        9: ["frame 1", "frame 2", "frame 3", "frame 4"],
    }


def test_each_seat_gets_what_would_be_made_for_it_alone():
    dice = random.Random(7)
    for _ in range(300):
        events = [
            message(rev, author=dice.choice([0, 1, 2, 3]), skips=dice.choice([0, 0, 0, 4])) for rev in range(5, 12)
        ]
        seats = {seat(n, from_seq=dice.choice([0, 0, 7]), after=dice.choice([0, 0, 8])) for n in range(1, 6)}
        given = dict(chunks(events, seats))
        for one in seats:
            assert given.get(one, "") == own_chunk(events, one)
