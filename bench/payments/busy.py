"""How busy who was meanwhile, in cores: from /proc, so on Linux only."""

import os
import time
from pathlib import Path

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Busy:
    """`roots` are processes by name, each counted with those that it has started; `database` is whose connections
    PostgreSQL's processes are counted for."""

    def __init__(self, roots: dict[str, int], database: str) -> None:
        self._roots, self._database = {**roots, "load and browsers": os.getpid()}, database
        self._before, self._began = self._used(), time.perf_counter()

    def shares(self) -> dict[str, float]:
        """Of one core each, since the beginning; `machine` is of all its cores, whoever used them."""
        seconds = time.perf_counter() - self._began
        return {name: (used - self._before.get(name, 0.0)) / seconds for name, used in self._used().items()}

    def _used(self) -> dict[str, float]:
        """Seconds of processor time so far."""
        if not PROC.joinpath("stat").exists():
            return {}
        processes = dict(_processes())
        servers = set(self._roots.values())
        used = {
            name: sum(processes[pid][1] for pid in _family(pid_of_root, processes, stop_at=servers))
            for name, pid_of_root in self._roots.items()
        }
        if self._database:
            used["PostgreSQL"] = sum(processes[pid][1] for pid in processes if self._database in _title(pid))
        return {**used, "machine": _machine()}


def _processes() -> list[tuple[int, tuple[int, float]]]:
    """Of each its parent and the seconds that it has used."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = entry.joinpath("stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            found.append((int(entry.name), (int(fields[1]), (int(fields[11]) + int(fields[12])) / TICK)))
    return found


def _family(root: int, processes: dict[int, tuple[int, float]], stop_at: set[int]) -> set[int]:
    found, new = set(), {root} & processes.keys()
    while new:
        found |= new
        new = {pid for pid, (parent, _) in processes.items() if parent in new and pid not in stop_at} - found
    return found


def _title(pid: int) -> str:
    """PostgreSQL writes there whom it serves."""
    try:
        title = PROC.joinpath(str(pid), "cmdline").read_text(errors="replace")
    except OSError:
        return ""
    return title if title.startswith("postgres:") else ""


def _machine() -> float:
    user, nice, system, _idle, _wait, irq, soft, *_ = PROC.joinpath("stat").read_text().split("\n")[0].split()[1:]
    return sum(int(part) for part in (user, nice, system, irq, soft)) / TICK
