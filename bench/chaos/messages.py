"""Ten write and ten read, while something is killed, stopped or cut again and again."""

import asyncio
import random
import time

from bench.chaos.line import Line, a_line
from bench.chaos.people import CAME_BACK_SECONDS, STAYED_SECONDS, Crowd, Door, gather_crowd, healed
from bench.chaos.results import Result
from bench.chaos.services import House, Lab, Part
from chat.tests.checker import Stored
from chat.tests.crowds import acknowledged, until

STOP_SECONDS = 15.0
BAD_EVERY = 0.4  # seconds between two broken connections, on average


class Rounds:
    """The blows of one scenario, and what was seen after each."""

    def __init__(self, house: House, line: Line, crowd: Crowd, door: Door) -> None:
        self.house, self.line, self.crowd, self.door = house, line, crowd, door
        self.result = Result("")
        self.longest = {"stayed": 0.0, "came back": 0.0}

    async def blow(self, part: Part, how: str, pause: tuple[float, float]) -> None:
        """Kill or stop it, let it lie, bring it back; meanwhile somebody is put out, and afterwards another."""
        await asyncio.sleep(random.uniform(*pause))
        sockets = self.sockets()
        await asyncio.to_thread(part.kill if how == "kill" else part.pause)
        struck_at = time.monotonic()
        outage = STOP_SECONDS if how == "stop" else random.uniform(0.5, 3)
        if self.goes_on_without(part, how):
            if part.name == "web":  # who sat there has another one to go to, at once
                await self.look_at_healing(f"{part.name} {how}", struck_at, sockets)
            await self.crowd.revoke(self.door, random.choice(["ban", "sign-out"]))
        await asyncio.sleep(max(0.0, struck_at + outage - time.monotonic()))
        await asyncio.to_thread(part.start if how == "kill" else part.resume)
        await until_back(part)
        await self.look_at_healing(
            f"{part.name} {how}", time.monotonic(), self.sockets() if part.name == "web" else sockets
        )
        await self.crowd.revoke(self.door, random.choice(["ban", "sign-out"]))

    def goes_on_without(self, part: Part, how: str) -> bool:
        """Whether people can talk meanwhile. A stopped web process takes connections and answers nothing."""
        return (part.name, how) == ("web", "kill") or part.name in ("redis", "worker")

    def sockets(self) -> dict[str, int]:
        """How many each has opened so far."""
        return {person.name: person.sockets for person in self.crowd.people}

    async def look_at_healing(self, blow: str, since: float, sockets: dict[str, int]) -> None:
        acked = acknowledged(self.crowd.writers)
        head = (await self.crowd.read(self.house.env)).head
        for kind, seconds in (await healed(self.crowd.people, head, since, sockets)).items():
            self.longest[kind] = max(self.longest[kind], seconds)
            # Without PostgreSQL nobody knows anything: its connections come back one by one.
            is_quick = kind == "stayed" and not blow.startswith("postgres")
            most = STAYED_SECONDS if is_quick else CAME_BACK_SECONDS
            if seconds > most:
                self.result.wrong.append(
                    f"{blow}: whoever {kind} was complete after {seconds:.1f} s, promised {most:g}"
                )
        if not await until(lambda: acknowledged(self.crowd.writers) > acked, CAME_BACK_SECONDS):
            self.result.wrong.append(f"{blow}: nobody could say anything for {CAME_BACK_SECONDS:g} s after it")

    def finish(self, scenario: str, rounds: int, stored: Stored) -> Result:
        said = [one for person in self.crowd.people for one in person.said]
        revoked = [one.seconds for one in self.crowd.revocations]
        self.result.scenario = scenario
        self.result.wrong += self.crowd.faults(stored)
        self.result.figures |= {
            "rounds": rounds,
            "acknowledged / stored": f"{sum(one.acked_at > 0 for one in said)} / {len(stored.rows)}",
            "said again because of it": sum(one.tries > 1 for one in said),
            "sockets broken": sum(len(person.closes) for person in self.crowd.people),
            "open socket complete after, s": self.longest["stayed"],
            "reconnected one complete after, s": self.longest["came back"],
            "revocations, latest after, s": f"{len(revoked)}, {max(revoked, default=0):.2f}",
        }
        return self.result


async def until_back(part: Part) -> None:
    end = time.monotonic() + 60
    while not await asyncio.to_thread(part.is_back):
        if time.monotonic() > end:
            raise AssertionError(f"{part.name} did not come back within a minute")
        await asyncio.sleep(0.02)


async def live_through(house: House, names: list[str], rounds: int, how: str, pause: tuple[float, float]) -> Result:
    """`names`: which part is struck in each round, in turn."""
    async with a_line([web.port for web in house.webs]) as line, Door(line.url) as door:
        crowd = await gather_crowd(line.url, door)
        all_of_it = Rounds(house, line, crowd, door)
        async with crowd.talking():
            if how == "cut":
                await cut_for(all_of_it, rounds, pause)
            else:
                for number in range(rounds):
                    await all_of_it.blow(house.part(names[number % len(names)]), how, pause)
            stored = await crowd.fall_silent(house.env)
            stored = await crowd.read(house.env)
        await crowd.let_go()
        return all_of_it.finish("", rounds, stored)


async def cut_for(all_of_it: Rounds, rounds: int, pause: tuple[float, float]) -> None:
    """A bad network, and after each while a good one, in which everybody must be whole again."""
    for _ in range(rounds):
        bad = asyncio.create_task(all_of_it.line.be_bad(BAD_EVERY))
        await asyncio.sleep(random.uniform(*pause))
        bad.cancel()
        await asyncio.sleep(8)  # the longest stall
        sockets = dict.fromkeys((person.name for person in all_of_it.crowd.people), -1)
        await all_of_it.look_at_healing("cut", time.monotonic(), sockets)
        await all_of_it.crowd.revoke(all_of_it.door, random.choice(["ban", "sign-out"]))
    all_of_it.result.figures |= {f"connections {how}": count for how, count in all_of_it.line.broken.items()}


def strike(lab: Lab, targets: list[str], how: str, rounds: int, pause: tuple[float, float]) -> Result:
    """`targets`: parts of the house, in turn, or `embedded`: the one process that is everything."""
    embedded = targets == ["embedded"]
    names = ["serve"] if embedded else targets
    with lab.house(embedded=embedded) as house:
        result = asyncio.run(live_through(house, names, rounds, how, pause))
    result.scenario = f"{how} {', '.join(targets)}" if how != "cut" else "cut connections"
    return result
