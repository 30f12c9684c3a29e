"""Plaza as it ships, and the hub alone."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NOT_OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "PLAZA_MODE",
    "PLAZA_DATA",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "DJANGO_SETTINGS_MODULE",
)
RAISED = {"RATE_SENDS": "1000000/s", "RATE_OPS": "1000000/s"}  # and nothing else: one client here talks like thousands


@dataclass
class Plaza:
    """A database with people in it, and how to start servers on it."""

    env: dict[str, str]
    data: Path
    database: str = ""  # its name, on PostgreSQL
    _made: dict[str, Any] = field(default_factory=dict)

    def people(self, count: int, rooms: Sequence[Sequence[int]]) -> tuple[list[str], list[str]]:
        """Tokens of so many people, and the channels of rooms with these of them. The same order, the same rooms."""
        order = json.dumps({"people": count, "rooms": rooms})
        if order not in self._made:
            done = subprocess.run(
                [sys.executable, str(HERE / "people.py")], input=order, env=self.env, cwd=ROOT,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                sys.exit(f"The people of the benchmark could not be made:\n{done.stderr[-2000:]}")
            self._made[order] = json.loads(done.stdout)
        made = self._made[order]
        return made["tokens"], made["channels"]

    @contextlib.contextmanager
    def running(
        self, *, processes: int = 1, cores: str = machine.SERVER, redis: str = ""
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Ports and process ids. One process on SQLite is `serve`: the worker and beat are in it, as they ship."""
        command = [sys.executable, str(ROOT / "manage.py"), "web" if self.database else "serve"]
        ports = machine.free_ports(processes)
        with contextlib.ExitStack() as stack:
            pids = [
                stack.enter_context(
                    machine.running(
                        command,
                        port=port,
                        cores=cores,
                        cwd=ROOT,
                        env={**self.env, **({"REDIS_URL": redis} if redis else {}), "PORT": str(port)},
                    )
                )
                for port in ports
            ]
            yield ports, pids


@contextlib.contextmanager
def installed(postgres: str = "") -> Iterator[Plaza]:
    """On SQLite, or in a database of its own on the PostgreSQL server named."""
    with tempfile.TemporaryDirectory(prefix="plaza-bench-") as folder, contextlib.ExitStack() as stack:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        env = {
            **kept, **RAISED, "PLAZA_DATA": folder, "PLAZA_MODE": "production", "HOST": "127.0.0.1",
            "PUBLIC_URL": "http://127.0.0.1", "ALLOWED_HOSTS": "127.0.0.1", "EMAIL_URL": "dummymail://",
            "SECRET_KEY": secrets.token_urlsafe(64),
        }  # fmt: skip
        name = ""
        if postgres:
            name = stack.enter_context(own_database(postgres))
            env["DATABASE_URL"] = f"{postgres}/{name}"
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--no-input", "--verbosity=0"],
            env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        yield Plaza(env, Path(folder), name)


@contextlib.contextmanager
def own_database(postgres: str) -> Iterator[str]:
    import psycopg

    name = f"plaza_bench_{os.getpid()}_{secrets.token_hex(3)}"
    try:
        with psycopg.connect(f"{postgres}/postgres", autocommit=True, connect_timeout=5) as server:
            server.execute(f'CREATE DATABASE "{name}"'.encode())
    except psycopg.OperationalError as unreachable:
        sys.exit(f"PostgreSQL does not answer at {postgres}; name another with --postgres. ({unreachable})")
    try:
        yield name
    finally:
        with psycopg.connect(f"{postgres}/postgres", autocommit=True, connect_timeout=5) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@contextlib.contextmanager
def own_redis() -> Iterator[str]:
    port = machine.free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = ["redis-server", "--port", str(port), "--save", "", "--dir", folder]
        with machine.running(command, port=port, cores=f"{machine.SERVER},{machine.CLIENT}", cwd=Path(folder)):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def hub_only() -> Iterator[tuple[list[int], list[int]]]:
    with tempfile.TemporaryDirectory(prefix="plaza-bench-") as folder:
        port = machine.free_port()
        kept: Mapping[str, str] = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        env = {**kept, "PLAZA_DATA": folder, "PORT": str(port)}
        command = [sys.executable, str(HERE / "hub_only.py")]
        with machine.running(command, port=port, env=env, cwd=ROOT) as pid:
            yield [port], [pid]
