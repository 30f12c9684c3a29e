"""The peer: Socket.IO on Node, as its documentation says to set it up for speed (peer/server.js)."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import machine

HERE = Path(__file__).resolve().parent / "peer"


def install() -> None:
    if not shutil.which("node") or not shutil.which("npm"):
        sys.exit("Node is not installed, and Socket.IO runs on it.")
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("Installing what bench/chat/peer/package-lock.json lists ...", flush=True)
    # bufferutil comes built for the usual machines; its install script would only build it for unusual ones.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=HERE, check=False).returncode:
        sys.exit("npm could not install Socket.IO. Is the network there?")
    installed.touch()


@contextlib.contextmanager
def running(
    *, processes: int = 1, redis: str = "", store: str = "", cores: str = machine.SERVER
) -> Iterator[tuple[list[int], list[int]]]:
    """Ports and process ids."""
    ports = machine.free_ports(processes)
    further = [*(["--redis", redis] if redis else []), *(["--store", store] if store else [])]
    with contextlib.ExitStack() as stack:
        pids = [
            stack.enter_context(
                machine.running(["node", "server.js", "--port", str(port), *further], port=port, cores=cores, cwd=HERE)
            )
            for port in ports
        ]
        yield ports, pids
