"""The machine: which core runs what, and what it cost, from /proc."""

import contextlib
import os
import platform
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

TICKS = os.sysconf("SC_CLK_TCK")
SERVER, CLIENT = "0", "1"  # cores, as taskset names them


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, all their threads, since they began."""
    return sum(_cpu_seconds(pid) for pid in pids)


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pids: Iterable[int]) -> int:
    return sum(_resident_bytes(pid) for pid in pids)


def _resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def database_processes(name: str) -> list[int]:
    """Who serves this PostgreSQL database now: each says so in its title. None if it is not on this machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline") if name else ():
        with contextlib.suppress(OSError):
            title = path.read_bytes()
            if title.startswith(b"postgres:") and f" {name} ".encode() in title:
                found.append(int(path.parent.name))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.contextmanager
def running(
    command: Sequence[str], *, port: int, cores: str = SERVER, env: Mapping[str, str] | None = None, cwd: Path
) -> Iterator[int]:
    """The process id of a server of ours, once its port is open; it ends with the block."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            ["taskset", "-c", cores, *command], env=env and {**env}, cwd=cwd, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_open(port, process, said)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
    """Until it answers, whatever: Plaza listens before it can."""
    for _ in range(900):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as probe:
            probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            if probe.recv(1):
                return
        time.sleep(0.1)
    said.seek(0)
    raise SystemExit(f"A server did not start: {said.read().decode(errors='replace')[-2000:]}")


def described() -> str:
    """For whoever reads the figures: ratios travel to other machines, absolute numbers do not."""
    with contextlib.suppress(OSError):
        models = {
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        }
        return f"{os.cpu_count()} cores ({', '.join(sorted(models))}), Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"
