"""What rows are made of: sides that are loaded in turn, and lines of figures."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).resolve().parent
BUSIEST_CLIENT = 0.85  # of its core; above it the client may be what was measured
FULL = 0.95  # of its core: a server that takes as much is what was measured, whatever the client does

Figures = dict[str, Any]
Runs = dict[str, list[Figures]]
Reading = Callable[[Figures], float]


@dataclass
class Side:
    """One of those who are compared, up and running."""

    dialect: str
    ports: list[int]
    servers: list[int]
    rooms: list[list[str]]  # of each socket
    tokens: list[str] = field(default_factory=list)
    database: str = ""


@dataclass
class Line:
    """One line of the table. `ratio` is ours by the peer's; `met` is None where nothing is promised."""

    what: str
    ours: float
    peer: float | None
    unit: str
    goal: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peer if self.peer else None


@dataclass
class Result:
    lines: list[Line]
    runs: Runs
    void: str = ""

    def as_json(self) -> Figures:
        lines = [{**asdict(line), "ratio": line.ratio} for line in self.lines]
        return {"lines": lines, "void": self.void, "runs": self.runs}


@dataclass
class Laboratory:
    repeat: int
    seconds: float
    warm: float
    postgres: str
    sockets: int  # in the rows with ten thousand

    def load(self, side: Side, *, client: str = machine.CLIENT, **order: Any) -> Figures:
        given = {"warm": self.warm, "seconds": self.seconds, **asdict(side), **order}
        command = ["taskset", "-c", client, sys.executable, str(HERE / "load.py")]
        done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"The client failed on {side.dialect}:\n{done.stderr[-2000:]}")
        figures: Figures = json.loads(done.stdout)
        return figures

    def in_turn(self, sides: dict[str, Side], **order: Any) -> Runs:
        """A B A B: whatever else the machine does meets both alike."""
        runs: Runs = {name: [] for name in sides}
        for _ in range(self.repeat):
            for name, side in sides.items():
                runs[name].append(self.load(side, **order))
        return runs


def median(runs: Sequence[Figures], reading: Reading) -> float:
    return statistics.median(reading(run) for run in runs)


def per_cpu_second(run: Figures) -> float:
    return float(run["events"] / max(run["server_cpu"], 0.01))


def cpu_share(run: Figures) -> float:
    return float(run["server_cpu"] / run["seconds"])


def percentile(of: str, which: str) -> Reading:
    return lambda run: float(run[of].get(which, float("nan")))


def a_second(name: str) -> Reading:
    return lambda run: float(run[name] / run["seconds"])


def gathered(runs: Sequence[Figures]) -> str:
    """How many events a frame had."""
    return f"{median(runs, lambda run: run['events'] / max(1, run['frames'])):.1f}"


def void(runs: Runs) -> str:
    """Why the row does not count, or nothing. A client too slow for the peer would make ours look good; one too slow
    for ours makes ours look worse than it is, and is told (`held_back`)."""
    peers = [run for name, made in runs.items() if name.startswith("peer") for run in made]
    idle = [run["client_share"] for run in peers if cpu_share(run) < FULL]
    if max(idle, default=0.0) > BUSIEST_CLIENT:
        return f"the client was at {max(idle):.0%} of its core beside the peer, which was not at the end of its own"
    lost = sum(run["lost"] + run["refused"] for made in runs.values() for run in made)
    return f"{lost} sockets were lost or messages refused" if lost else ""


def held_back(runs: Runs) -> str:
    """A remark if ours could have done more than the client could."""
    ours = [run["client_share"] for name, made in runs.items() if not name.startswith("peer") for run in made]
    busiest = max(ours)
    return f"the client was at {busiest:.0%} of its core with ours: at least this" if busiest > BUSIEST_CLIENT else ""


def turned(rooms: Sequence[Sequence[int]]) -> list[list[int]]:
    """Rooms of each socket -> sockets of each room."""
    found: list[list[int]] = [[] for _ in range(1 + max(room for own in rooms for room in own))]
    for socket, own in enumerate(rooms):
        for room in own:
            found[room].append(socket)
    return found
