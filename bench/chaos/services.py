"""What is killed: a PostgreSQL, a Redis and a Plaza (two web processes, a worker, a beat) of our own, on own ports.

Everything that is started here is ended here, by its process id.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import redis

from chat.tests.crowds import RATES
from core.tests.servers import FILL, ROOT, OwnRedis, RunningPlaza, free_port, manage

START_SECONDS = 60
MORE_RATES = {f"RATE_{name}": "1000000/s" for name in ("MAILS", "EXPORTS", "SIGNUP", "CONVERSATIONS")}
POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"


class Missing(Exception):
    """A program that a scenario needs is not on this machine."""


class Part(NamedTuple):
    """Something that may be taken away. `is_back` answers whether it serves again."""

    name: str
    kill: Callable[[], None]
    start: Callable[[], None]
    pause: Callable[[], None]
    resume: Callable[[], None]
    is_back: Callable[[], bool]


# --- PostgreSQL -------------------------------------------------------------------------------------------------------
def postgres_program(name: str) -> str:
    """Of the newest that is installed. Raises Missing."""
    found = sorted(Path("/").glob(f"{POSTGRES_FOLDERS[1:]}/{name}"), key=lambda path: int(path.parts[4].split(".")[0]))
    there = str(found[-1]) if found else shutil.which(name)
    if not there:
        raise Missing(f"PostgreSQL's {name} is not installed (apt-get install postgresql)")
    return there


class OwnPostgres:
    """A PostgreSQL server in a temporary folder. It refuses to be root, so it is `postgres` when we are."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}"
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="plaza-chaos-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        try:
            initdb = [postgres_program("initdb"), "-D", str(self._folder / "data"), "-U", "postgres", "-A", "trust"]
            subprocess.run([*initdb, "-E", "UTF8", "--no-locale"], **self._as_postgres(), check=True)
            self.start()
        except BaseException:
            self.close()
            raise

    def _as_postgres(self) -> dict[str, Any]:
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        who = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        return {**quiet, **who, "cwd": self._folder}

    def start(self) -> None:
        """Returns when it answers. After kill -9 it may find its old self's memory still in use, for an instant."""
        options = ["-D", str(self._folder / "data"), "-p", str(self.port), "-k", str(self._folder)]
        options += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                command = [postgres_program("postgres"), *options]
                self._process = subprocess.Popen(command, start_new_session=True, **self._as_postgres())
            if self.answers():
                return
            time.sleep(0.1)
        raise AssertionError("PostgreSQL did not start")

    def answers(self) -> bool:
        try:
            with psycopg.connect(f"{self.url}/postgres", connect_timeout=2, options="-c statement_timeout=2000"):
                return True
        except psycopg.Error:
            return False

    def kill(self) -> None:
        """It and every process that serves somebody: as if the power had gone."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def signal(self, number: int) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        for pid in [self._process.pid, *children_of(self._process.pid)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:  # it has just ended by itself
                pass

    def execute(self, database: str, statement: str) -> list[Any]:
        with psycopg.connect(f"{self.url}/{database}", autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]  # our own words
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self.signal(signal.SIGCONT)
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


# --- Plaza --------------------------------------------------------------------------------------------------------
class House:
    """One Plaza on services of its own. `webs` are its web processes; `parts` is what may be killed, by name."""

    def __init__(self, env: dict[str, str], lab: "Lab", broken: str = "") -> None:
        self.env = env
        self.lab = lab
        self.redis = lab.redis() if "DATABASE_URL" in env else None
        if self.redis:
            env["REDIS_URL"] = self.redis.url
        kinds = ["web", "web", "worker", "beat"] if self.redis else ["serve"]
        ports = [str(free_port()) for _ in kinds]
        env["SANDBOX_WEBHOOK_URL"] = f"http://127.0.0.1:{ports[0]}/webhooks/sandbox/"
        self._turn = 0
        self.down: set[RunningPlaza] = set()  # those that are meant to be
        with ThreadPoolExecutor() as pool:
            self.processes = list(pool.map(self._start, kinds, ports, [broken] * len(kinds)))
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_up, daemon=True)
        self._keeper.start()
        self.webs = [one for one in self.processes if one.command in ("web", "serve")]

    def _start(self, command: str, port: str, broken: str) -> RunningPlaza:
        env = {**self.env, "PORT": port}
        program = ROOT / "bench" / "chaos" / "broken.py" if broken and command == "web" else ROOT / "manage.py"
        process = RunningPlaza(env | ({"BROKEN": broken} if broken else {}), command, program)
        self.lab.ends.callback(process.kill)
        return process

    def part(self, name: str) -> Part:
        if name == "redis":
            return _redis_part(self.redis)
        if name == "postgres":
            return _postgres_part(self.lab.postgres)
        if name == "web":  # in turn: after a blow all sit at the other one
            self._turn += 1
            return self._plaza_part(self.webs[self._turn % len(self.webs)])
        return self._plaza_part(next(one for one in self.processes if one.command == name))

    def _plaza_part(self, process: RunningPlaza) -> Part:
        def kill() -> None:
            self.down.add(process)
            process.kill()

        def start() -> None:
            process.start()
            self.down.discard(process)

        def is_back() -> bool:
            if process.command not in ("web", "serve"):
                return process.is_running
            try:
                return process.get("/healthz", timeout=1)[0] == 200
            except OSError:
                return False

        def pause() -> None:
            _signal_group(process, signal.SIGSTOP)

        def resume() -> None:
            _signal_group(process, signal.SIGCONT)

        return Part(process.command, kill, start, pause, resume, is_back)

    def _keep_up(self) -> None:
        """What ends by itself is started again, as by whatever looks after services: a worker that starts while the
        database is away says so and ends."""
        while not self._closing.wait(1):
            for process in self.processes:
                if process not in self.down and process.command in ("worker", "beat") and not process.is_running:
                    process.start()

    def logs(self) -> str:
        return "".join(one.log() for one in self.processes)

    def close(self) -> None:
        self._closing.set()
        self._keeper.join()
        for process in self.processes:
            _signal_group(process, signal.SIGCONT)
            process.kill()
        if self.redis:
            self.redis.resume()
            self.redis.close()


def _signal_group(process: RunningPlaza, number: int) -> None:
    if process.is_running:
        os.killpg(process.pid, number)


def _redis_part(own: OwnRedis | None) -> Part:
    assert own is not None, "this house has no Redis"  # noqa: S101 - a mistake of the laboratory's own

    def is_back() -> bool:
        try:
            with redis.Redis.from_url(own.url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    return Part("redis", own.kill, own.start, own.pause, own.resume, is_back)


def _postgres_part(own: OwnPostgres) -> Part:
    return Part(
        "postgres",
        own.kill,
        own.start,
        lambda: own.signal(signal.SIGSTOP),
        lambda: own.signal(signal.SIGCONT),
        own.answers,
    )


class Lab:
    """Makes houses. `ends` has what must be ended when it closes, whatever happens in between."""

    def __init__(self) -> None:
        self.ends = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="plaza-chaos-"))
        self.ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._postgres: OwnPostgres | None = None
        self._made: set[str] = set()

    @property
    def postgres(self) -> OwnPostgres:
        if self._postgres is None:
            self._postgres = OwnPostgres()
            self.ends.callback(self._postgres.close)
        return self._postgres

    def redis(self) -> OwnRedis:
        if not shutil.which("redis-server"):
            raise Missing("redis-server is not installed (apt-get install redis-server)")
        own = OwnRedis()
        self.ends.callback(own.close)
        return own

    @contextmanager
    def house(self, *, embedded: bool = False, broken: str = "", **settings: str) -> Iterator[House]:
        """With the demo's people. `embedded`: one process, SQLite, jobs by files."""
        data = Path(tempfile.mkdtemp(prefix="data-", dir=self.folder))
        env = {**RATES, **MORE_RATES, "PLAZA_MODE": "demo", "PLAZA_DATA": str(data), "EMAIL_URL": "dummymail://"}
        env |= {"SECRET_KEY": secrets.token_urlsafe(50), "ROOM_COOLDOWN": "0", "TRUSTED_PROXIES": "1", **settings}
        if embedded:
            shutil.copy(self._blueprint() / "plaza.sqlite3", data / "plaza.sqlite3")
        else:
            env["DATABASE_URL"] = self.database()
        house = House(env, self, broken)
        try:
            yield house
        finally:
            house.close()

    def database(self) -> str:
        """A new one with the demo: its address."""
        name = f"plaza_{secrets.token_hex(6)}"
        if "postgres" not in self._made:
            self.postgres.execute("postgres", "DROP DATABASE IF EXISTS blueprint WITH (FORCE)")
            self.postgres.execute("postgres", "CREATE DATABASE blueprint")
            self._fill({"DATABASE_URL": f"{self.postgres.url}/blueprint", "PLAZA_DATA": str(self.folder)})
            self._made.add("postgres")
        self.postgres.execute("postgres", f"CREATE DATABASE {name} TEMPLATE blueprint")
        return f"{self.postgres.url}/{name}"

    def _blueprint(self) -> Path:
        folder = self.folder / "blueprint"
        if "sqlite" not in self._made:
            folder.mkdir()
            self._fill({"PLAZA_DATA": str(folder)})
            self._made.add("sqlite")
        return folder

    def _fill(self, env: Mapping[str, str]) -> None:
        said = manage("shell", "--no-imports", "-c", FILL, env={"PLAZA_MODE": "demo", **env}, timeout=300)
        if said.returncode:
            raise AssertionError(said.stderr)

    def close(self) -> None:
        self.ends.close()
