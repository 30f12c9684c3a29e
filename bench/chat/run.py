"""Chat beside Socket.IO: `python3 run.py bench chat [row ...] [--repeat 5] [--seconds 4] [--json f] [--plot f]`.

Rows: room, rooms, half, shipped, low, memory, crowd, stored, growth, processes; without any, all (half an hour).
Servers run on core 0 and the client on core 1, in turn, and what counts is what a second of a server's processor time
does: docs/performance.md has the method. `--short` is for CI: exit code 1 if one saturated room is below three times
the peer.

Needs Linux, Node, and for the rows that store a PostgreSQL (--postgres, else POSTGRES_SERVER) and redis-server.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

import machine
import ours
import peer
import report
from laboratory import Laboratory, Line
from rows import ROWS

FLOOR = 3.0  # times the peer in one saturated room, below which CI fails
DEFAULT_POSTGRES = "postgres://postgres@127.0.0.1:5432"


def main() -> int:
    asked = arguments()
    if sys.platform != "linux" or (os.cpu_count() or 1) < 2:
        sys.exit(
            "The benchmark pins servers and client to cores of their own and reads /proc: it needs Linux and two cores."
        )
    peer.install()
    lab = Laboratory(asked.repeat, asked.seconds, min(1.0, asked.seconds), asked.postgres, asked.sockets)
    raised = " ".join(f"{name}={value}" for name, value in ours.RAISED.items())
    print(
        f"On {machine.described()}, load {os.getloadavg()[0]:.1f}. Raised for one client to speak for many: {raised}.\n"
    )
    found = {}
    lines: list[Line] = []
    for row in ROWS:
        if row.name in asked.rows:
            began = time.monotonic()
            result = row.measure(lab)
            print(report.table(row.title, result), f"\n  [{time.monotonic() - began:.0f} s]\n", flush=True)
            found[row.name] = result.as_json()
            lines += result.lines
    keep(asked, found, lines)
    return 1 if asked.short and not all(line.ratio and line.ratio >= FLOOR for line in lines[:1]) else 0


def arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description="Chat beside Socket.IO.")
    options.add_argument("rows", nargs="*", metavar="row", help=", ".join(row.name for row in ROWS))
    options.add_argument("--repeat", type=int, default=5, help="runs of each side, in turn; medians count")
    options.add_argument("--seconds", type=float, default=4.0, help="how long each run is measured")
    options.add_argument("--sockets", type=int, default=10_000, help="in the rows with ten thousand")
    options.add_argument("--postgres", default=os.environ.get("POSTGRES_SERVER", DEFAULT_POSTGRES))
    options.add_argument("--json", type=Path, help="write all figures there")
    options.add_argument("--plot", type=Path, help="write a picture (PNG) there")
    options.add_argument("--short", action="store_true", help="for CI: exit code 1 if one room is below 3 ×")
    asked = options.parse_args()
    known = [row.name for row in ROWS]
    if unknown := set(asked.rows) - set(known):
        options.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if asked.short:
        asked.rows, asked.repeat, asked.seconds = ["room"], 3, 3.0
    asked.rows = asked.rows or known
    return asked


def keep(asked: argparse.Namespace, found: dict[str, object], lines: list[Line]) -> None:
    about = {"machine": machine.described(), "at": time.strftime("%Y-%m-%d"), "raised": ours.RAISED}
    if asked.json:
        kept = {"about": about, "repeat": asked.repeat, "seconds": asked.seconds, "rows": found}
        asked.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if asked.plot:
        report.plot(lines, asked.plot, f"{about['machine']}, {about['at']}; medians of {asked.repeat} runs in turn")


def stop(_signal: int, _frame: object) -> None:
    raise SystemExit("Stopped.")  # the servers that were started end on the way


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
