"""The failure laboratory: `python3 run.py bench chaos [scenario …] [--rounds 20] [--short] [--json report.json]`.

A PostgreSQL, a Redis and a Plaza of its own, on own ports, are killed, stopped and cut while people talk and pay, and
a checker compares what they were told with what is stored. Exit code 1 if a promise was broken. docs/failures.md says
what is done, what is promised and what was found last.

Needs Debian's `postgresql` (its programs only, nothing has to run) and `redis-server`.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)


def main() -> int:
    from bench.chaos import results
    from bench.chaos.scenarios import LONG, SCENARIOS, SHORT, Settings
    from bench.chaos.services import Lab

    asked = arguments(sorted(SCENARIOS), SHORT)
    settings = Settings(min(asked.rounds, 4) if asked.short else asked.rounds, asked.short)
    names = asked.scenario or (SHORT if asked.short else LONG)
    lab, done = Lab(), []
    signal.signal(signal.SIGTERM, interrupt)
    try:
        for name in names:
            print(f"--- {name} …", flush=True)
            for result in run(SCENARIOS[name], lab, settings):
                results.show(result)
                done.append(result)
    except KeyboardInterrupt:
        print("\nStopped; everything that was started is being ended.")
        return 130
    finally:
        lab.close()
        if asked.json:
            results.write(done, asked.json)
    strict = os.environ.get("CI") == "true"  # there what is skipped has not been proved
    broken = [result.scenario for result in done if result.wrong or (strict and result.skipped)]
    print("\nBroken: " + ", ".join(broken) if broken else "\nEvery promise was kept.")
    return 1 if broken else 0


def run(scenario: Callable[..., Any], lab: Any, settings: Any) -> Any:
    """Its results, each with the time it took. A scenario that fails is a broken promise, not the end of the others."""
    from bench.chaos.results import Result
    from bench.chaos.services import Missing

    began = time.monotonic()
    try:
        for result in scenario(lab, settings):
            result.seconds = time.monotonic() - began
            began = time.monotonic()
            yield result
    except Missing as missing:
        yield Result(scenario.__name__, skipped=str(missing))
    except Exception as failed:  # whatever it is: found or not, the others are still to be looked for
        yield Result(scenario.__name__, wrong=[f"{type(failed).__name__}: {failed}"[:1000]])


def arguments(known: list[str], short: list[str]) -> argparse.Namespace:
    options = argparse.ArgumentParser(description="Kill things, and see that no promise breaks.")
    options.add_argument("scenario", nargs="*", choices=[[], *known], help=f"all of them if none is named: {known}")
    options.add_argument("--rounds", type=int, default=20, help="blows per scenario")
    options.add_argument("--short", action="store_true", help=f"two minutes; by itself: {', '.join(short)}")
    options.add_argument("--json", type=Path, help="write the figures there")
    return options.parse_args()


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
