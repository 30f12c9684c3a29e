"""Real servers for tests: Plaza as `manage.py` starts it, and a Redis of one's own that may be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60
# What the test run has set for itself, and a server must not inherit.
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "PLAZA_DATA", "PLAZA_MODE", "PORT", "HOST", "PUBLIC_URL", "SECRET_KEY")

# For a whole file of tests with several processes. With REQUIRE_SERVICES=1 what is missing is a failure.
ON_SERVICES = [
    pytest.mark.services,
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL") and os.environ.get("REQUIRE_SERVICES") != "1",
        reason="needs PostgreSQL: set DATABASE_URL",
    ),
]

FILL = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
call_command("demo")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment of a server: this one's without its own set-up, then `changes` (None leaves a variable out)."""
    base = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    base["DJANGO_SETTINGS_MODULE"] = "config.settings"
    for name, value in changes.items():
        if value is None:
            base.pop(name, None)
        else:
            base[name] = value
    return base


def manage(*arguments: str, env: Mapping[str, str | None], timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """Run `manage.py <arguments>` to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment(env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class RunningPlaza:
    """One process of Plaza. `env` has at least PLAZA_DATA and PORT; `program` is what starts it."""

    def __init__(self, env: dict[str, str], command: str, program: Path = ROOT / "manage.py") -> None:
        self.env = env
        self.command = command
        self._program = program
        self.data = Path(env["PLAZA_DATA"])
        self.port = int(env["PORT"])
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/ws/"
        self.log_path = self.data.with_name(f"{self.data.name}-{command}-{self.port}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(self._program), self.command],
                env=environment(self.env),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own: signals to it do not reach the tests
            )
        if self.command in ("serve", "web"):
            self._wait_until_open()

    def kill(self) -> None:
        """SIGKILL to it and all its children: what a power cut looks like from outside."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait(10)

    def stop(self, number: int = signal.SIGTERM, *, group: bool = False, timeout: float = 15) -> int:
        """Send a signal, to its whole group as Ctrl-C does if asked: the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            (os.killpg if group else os.kill)(self._process.pid, number)
        return self._process.wait(timeout)

    def restart(self) -> None:
        """Kill it if it runs, and start it on the same data and port."""
        self.kill()
        self.start()

    def get(self, path: str, timeout: float = 5) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def _wait_until_open(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if not self.is_running:
                raise AssertionError(f"`{self.command}` ended instead of serving:\n{self.log()[-4000:]}")
            try:
                if self.get("/healthz", timeout=1)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"`{self.command}` did not open within {START_SECONDS} s:\n{self.log()[-4000:]}")


class Blueprints:
    """Databases that are migrated and hold the demo, made once per test run and copied for every server after that."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="plaza-blueprint-"))
        self._name = f"plaza_blueprint_{uuid.uuid4().hex[:12]}"
        self._has_postgres = False

    def copy_sqlite(self, folder: Path) -> None:
        made = self._folder / "plaza.sqlite3"
        if not made.exists():
            self._fill({"PLAZA_DATA": str(self._folder)})
        shutil.copy(made, folder / made.name)

    def copy_postgres(self, server: str, name: str) -> None:
        if not self._has_postgres:
            _on_server(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._name)))
            self._has_postgres = True
            self._fill({"PLAZA_DATA": str(self._folder), "DATABASE_URL": _named(server, self._name)})
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        _on_server(server, copy.format(sql.Identifier(name), sql.Identifier(self._name)))

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._has_postgres:
            _drop(os.environ["DATABASE_URL"], self._name)

    def _fill(self, env: dict[str, str | None]) -> None:
        said = manage("shell", "--no-imports", "-c", FILL, env={"PLAZA_MODE": "demo", **env})
        assert said.returncode == 0, said.stderr


class PlazaFactory:
    """`start_plaza(env, command)`; everything it made is gone at the end of the test.

    Without DATABASE_URL and REDIS_URL in `env`, a server gets what the test run has: nothing, or a PostgreSQL database
    and a Redis of its own. Give them as None for an embedded one wherever the tests run.
    """

    def __init__(self, blueprints: Blueprints) -> None:
        self._blueprints = blueprints
        self._plazas: list[RunningPlaza] = []
        self._redises: list[OwnRedis] = []
        self._databases: list[str] = []
        self._folder = Path(tempfile.mkdtemp(prefix="plaza-servers-"))

    def __call__(self, env: Mapping[str, str | None] | None = None, command: str = "serve") -> RunningPlaza:
        asked = dict(env or {})
        if "DATABASE_URL" not in asked and "REDIS_URL" not in asked and os.environ.get("DATABASE_URL"):
            asked |= {"DATABASE_URL": self.fresh_database(), "REDIS_URL": self._own_redis()}
        if "PLAZA_DATA" not in asked:
            asked["PLAZA_DATA"] = self.data_folder(empty=bool(asked.get("DATABASE_URL")))
        known = {"PLAZA_MODE": "demo", "PORT": str(free_port()), **asked}
        plaza = RunningPlaza({name: value for name, value in known.items() if value is not None}, command)
        self._plazas.append(plaza)
        return plaza

    def data_folder(self, *, empty: bool = False) -> str:
        """A new PLAZA_DATA: with the demo in its database, or as on somebody's very first start."""
        folder = tempfile.mkdtemp(prefix="data-", dir=self._folder)
        if not empty:
            self._blueprints.copy_sqlite(Path(folder))
        return folder

    def fresh_database(self) -> str | None:
        """The address of a new PostgreSQL database with the demo, or None where the tests run without PostgreSQL."""
        server = os.environ.get("DATABASE_URL")
        if not server:
            return None
        name = f"plaza_test_{uuid.uuid4().hex[:12]}"
        self._blueprints.copy_postgres(server, name)
        self._databases.append(name)
        return _named(server, name)

    def close(self) -> None:
        for plaza in self._plazas:
            plaza.kill()
        for one in self._redises:
            one.close()
        for name in self._databases:
            _drop(os.environ["DATABASE_URL"], name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _own_redis(self) -> str | None:
        """Queues and channels of two servers must not meet, and pub/sub knows no database numbers."""
        if not os.environ.get("REDIS_URL"):
            return None
        self._redises.append(OwnRedis())
        return self._redises[-1].url


class OwnRedis:
    """A redis-server of this test alone."""

    def __init__(self) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            missing = "redis-server is not installed"
            if os.environ.get("REQUIRE_SERVICES") == "1":
                pytest.fail(missing)
            pytest.skip(missing)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def pause(self) -> None:
        """It keeps its connections and answers nothing: the nasty kind of dead."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    close = kill

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def _on_server(server: str, statement: sql.Composed) -> None:
    with psycopg.connect(_named(server, "postgres"), autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


def _drop(server: str, name: str) -> None:
    _on_server(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _named(server: str, name: str) -> str:
    """The same server's address with another database."""
    head, _, tail = server.partition("://")
    place, _, rest = tail.partition("/")
    options = rest.partition("?")[2]
    return f"{head}://{place}/{name}" + (f"?{options}" if options else "")
