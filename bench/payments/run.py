"""From a provider's webhook to the browser's "paid": `python3 run.py bench payments [--rate 50] [--seconds 20]`.

One run, on loopback, of Plaza as production ships it: one process on SQLite, or web, worker and beat with DATABASE_URL
and REDIS_URL (it makes a database of its own on that server and drops it; the Redis should be nobody else's). Beside
it, in turns, a bare Django view on the same uvicorn and the same kind of database that only inserts what it is sent.

Each payment is one person who paid once for a plan for a year, and one event: of a second one, or a copy of it, only
the intake would be measured. So `--rate` is events, payments, mails and open pages a second alike.

intake     seconds until an event is answered, at `--rate`; and events a second, as many as go
settled    payments a second that are settled, fulfilled and told of, until the last of a burst
paid       at `--rate`: from the event until the person's open page has heard of it over its socket, and until it shows
           it; the page is asked for as static/js/membership.js does. A few times the same in Chromium
busy       cores that were used meanwhile: by Plaza's processes, by PostgreSQL for them, and by the load itself

Times count from when an event was to be sent. Exit code 1 if a page shows it later than MOST_SECONDS.
"""

import argparse
import asyncio
import json
import os
import platform
import secrets
import sys
from pathlib import Path
from typing import Any

import chromium
from busy import Busy
from load import Audience, Told, burst, paced
from servers import DATABASE, Person, Plaza, running_bare, running_plaza

MOST_SECONDS = 1.0
WARM_UP, BURST, ROUNDS, AT_ONCE, IN_CHROMIUM = 30, 200, 2, 16, 3
Report = dict[str, Any]


def main() -> int:
    options = argparse.ArgumentParser(description='From webhook to "paid".')
    options.add_argument("--rate", type=float, default=50)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--json", type=Path, help="write the figures there")
    asked = options.parse_args()
    count = int(asked.rate * asked.seconds)
    with running_bare() as bare, running_plaza(WARM_UP + count + ROUNDS * BURST + IN_CHROMIUM) as plaza:
        report = asyncio.run(measure(plaza, bare, asked.rate, count))
    report["setup"] = {
        "database": "PostgreSQL and Redis" if DATABASE else "SQLite, one process",
        "rate": asked.rate,
        "events": count,
        "python": platform.python_version(),
    }
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    show(report)
    return 0 if report["paid"]["shown"]["max"] < MOST_SECONDS else 1


async def measure(plaza: Plaza, bare: str, rate: float, count: int) -> Report:
    people = iter(plaza.people)

    def some(number: int) -> list[Person]:
        return [next(people) for _ in range(number)]

    await warm_up(plaza, bare, some(WARM_UP))
    beside = [Told() for _ in range(count)]
    half = count // 2
    print(f"{count} payments, one event each, at {rate:g} a second; the bare view before and after ...", flush=True)
    await paced(bare, rate, [(secrets.token_hex(12), told, None) for told in beside[:half]])
    told, in_chromium, busy = await paid(plaza, rate, some(count), some(IN_CHROMIUM))
    await paced(bare, rate, [(secrets.token_hex(12), told, None) for told in beside[half:]])
    print(f"Bursts of {BURST}, in turns ...", flush=True)
    saturated = [await bursts(plaza, bare, some(BURST)) for _ in range(ROUNDS)]
    return {
        "intake": {
            "plaza": spread([one.answered for one in told]),
            "bare": spread([one.answered for one in beside]),
        },
        "saturated": {name: max(one[name] for one in saturated) for name in saturated[0]},
        "paid": {
            "heard": spread([one.heard or float("inf") for one in told]),
            "shown": spread([one.shown or float("inf") for one in told]),
            "chromium": in_chromium,
        },
        "busy": busy,
    }


async def warm_up(plaza: Plaza, bare: str, people: list[Person]) -> None:
    async with Audience(plaza.url, people, shows=True) as audience:
        browsers = audience.browsers
        await paced(plaza.url, 10, [(one.person.checkout, one.told, one) for one in browsers])
    await paced(bare, 50, [(secrets.token_hex(12), Told(), None) for _ in people])


async def paid(
    plaza: Plaza, rate: float, people: list[Person], few: list[Person]
) -> tuple[list[Told], Any, dict[str, float]]:
    async with Audience(plaza.url, people, shows=True) as audience, chromium.opened(plaza.url, few) as pages:
        wanted = [(one.person.checkout, one.told, one) for one in audience.browsers]
        busy = Busy(plaza.processes, plaza.database)
        load = asyncio.create_task(paced(plaza.url, rate, wanted))
        seen = await chromium.measure(plaza.url, pages, few, after=2)
        await load
        shares = busy.shares()
    return [one.told for one in audience.browsers], chromium.why_not() or seen, shares


async def bursts(plaza: Plaza, bare: str, people: list[Person]) -> dict[str, float]:
    """Events a second."""
    inserted, _ = await burst(bare, AT_ONCE, [(secrets.token_hex(12), Told(), None) for _ in people])
    async with Audience(plaza.url, people, shows=False) as audience:
        wanted = [(one.person.checkout, one.told, one) for one in audience.browsers]
        answered, settled = await burst(plaza.url, AT_ONCE, wanted)
    return {"inserted": BURST / inserted, "taken": BURST / answered, "settled": BURST / settled}


def spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: ordered[min(len(ordered) - 1, int(part * len(ordered)))] for name, part in places.items()}
    return {**found, "max": ordered[-1]}


def show(report: Report) -> None:
    print(f"\n{report['setup']['database']}, {report['setup']['rate']:g} events a second\n")
    print(f"{'milliseconds':<44}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}")
    rows = (
        ("intake of an event: a bare view that inserts", report["intake"]["bare"]),
        ("intake of an event: Plaza", report["intake"]["plaza"]),
        ("webhook to the socket's notify", report["paid"]["heard"]),
        ('webhook to the page that says "paid"', report["paid"]["shown"]),
    )
    for name, found in rows:
        print(f"{name:<44}" + "".join(f"{found[place] * 1000:>8.0f}" for place in ("p50", "p95", "p99", "max")))
    seen = report["paid"]["chromium"]
    shown = seen if isinstance(seen, str) else ", ".join(f"{one * 1000:.0f}" for one in seen)
    print(f"the same in Chromium, meanwhile: {shown}\n")
    busy = ", ".join(f"{name} {cores:.2f}" for name, cores in report["busy"].items())
    print(f"cores used meanwhile: {busy} (of {os.cpu_count()}; load average {os.getloadavg()[0]:.1f})\n")
    print(f"as many as go, a second: {report['saturated']['inserted']:.0f} inserted by the bare view, ", end="")
    print(f"{report['saturated']['taken']:.0f} taken and {report['saturated']['settled']:.0f} settled by Plaza\n")
    late = report["paid"]["shown"]["max"] >= MOST_SECONDS
    print("Not good enough." if late else "As promised.")


if __name__ == "__main__":
    sys.exit(main())
