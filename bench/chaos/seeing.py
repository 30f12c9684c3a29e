"""Whether the laboratory can see: builds of Plaza with a fault in them must be found out, each by its own complaint."""

import asyncio
import time

from bench.chaos.line import a_line
from bench.chaos.messages import BAD_EVERY, Rounds
from bench.chaos.people import Door, gather_crowd
from bench.chaos.results import Result
from bench.chaos.services import House, Lab

# What the complaint about each says. A message that was acknowledged and rolled back leaves its place to another.
SIGNS = {
    "lost": ("lost:", "moved:"),
    "doubled": ("doubled:",),
    "reordered": ("came after",),
    "deaf": ("was complete after inf s",),
    "late": ("late revocation:",),
}
SECONDS = 6.0


async def look(house: House, fault: str, seconds: float) -> list[str]:
    async with a_line([web.port for web in house.webs]) as line, Door(line.url) as door:
        crowd = await gather_crowd(line.url, door)
        rounds = Rounds(house, line, crowd, door)
        async with crowd.talking():
            bad = asyncio.create_task(line.be_bad(BAD_EVERY if fault == "doubled" else 1000))
            for how in ("ban", "sign-out") if fault == "late" else ():
                await crowd.revoke(door, how)
            await asyncio.sleep(seconds)
            bad.cancel()
            if fault == "deaf":
                sockets = {person.name: person.sockets for person in crowd.people}
                await rounds.look_at_healing("nothing", time.monotonic() - 20, sockets)
            stored = await crowd.fall_silent(house.env, 10)
        await crowd.let_go()
        return [*rounds.result.wrong, *crowd.faults(stored)]


def prove(lab: Lab, faults: list[str], seconds: float = SECONDS) -> Result:
    """A fault that is not seen breaks the promise of everything else here."""
    result = Result("can it see?")
    for fault in faults:
        with lab.house(broken=fault) as house:
            wrong = asyncio.run(look(house, fault, seconds))
        seen = [one for one in wrong if any(sign in one for sign in SIGNS[fault])]
        result.figures[f"a build that is {fault}: complaints"] = f"{len(wrong)}, as: {seen[0]}" if seen else len(wrong)
        if not seen:
            result.wrong.append(f"a build with the fault {fault!r} was not found out: {wrong[:3]}")
    return result
