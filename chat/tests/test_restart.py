"""A server that is told to stop says so to its sockets, and keeps what it has acknowledged."""

import asyncio
import signal

from chat.tests.checker import complaints, read_stored
from chat.tests.crowds import (
    RATES,
    all_differences,
    all_said,
    bodies_of,
    connected,
    seat_people,
    settled,
    talk,
    until,
    until_acknowledged,
)
from core.tests.servers import PlazaFactory

PEOPLE, LISTENERS = 5, 2
ENOUGH = 5_000  # for each to say, so that nobody is done before the server has stopped, however quick it is
AFTERWARDS = 50
RESTART, BROKEN = 1012, 1006


async def test_a_stop_while_people_talk_closes_with_1012_and_loses_nothing(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza(RATES)
    crowd = await seat_people([plaza.url] * (PEOPLE + LISTENERS))
    talkers, listeners = crowd[:PEOPLE], crowd[PEOPLE:]
    async with connected(crowd):
        unsaid = [bodies_of(client, ENOUGH) for client in talkers]
        talking = asyncio.gather(*(talk(*one, in_flight=4) for one in zip(talkers, unsaid, strict=True)))
        await until_acknowledged(crowd, 150)
        code = await asyncio.to_thread(plaza.stop, signal.SIGTERM)
        assert (code, all(unsaid)) == (0, True), plaza.log()
        assert await until(lambda: all(client.closes for client in crowd), 5)
        assert [client.closes[0] for client in listeners] == [RESTART] * LISTENERS
        # Whoever writes in that instant may find the line broken before they have read why.
        assert {client.closes[0] for client in talkers} <= {RESTART, BROKEN}
        assert complaints(all_said(crowd), read_stored(plaza.env, crowd[0].seat.channel)) == []
        for bodies in unsaid:
            while len(bodies) > AFTERWARDS:
                bodies.pop()
        await asyncio.to_thread(plaza.start)
        await asyncio.wait_for(talking, 60)
        stored = await settled(crowd, plaza.env)
    assert complaints(all_said(crowd), stored) == []
    assert all_differences(crowd, stored) == []
    assert "Traceback" not in plaza.log()
