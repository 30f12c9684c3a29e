"""What is measured, and what it is compared to, each with data of its own that is gone afterwards."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATABASE, REDIS = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
OURS = ("DATABASE_URL", "PLAZA_MODE", "PLAZA_DATA", "HOST", "PORT", "PUBLIC_URL", "DJANGO_SETTINGS_MODULE")
SECRET = secrets.token_hex(16)  # that the sandbox's events are signed with


@dataclass
class Person:
    """Who has paid at the sandbox; `cookie` is of a browser in which they are signed in."""

    cookie: str
    payment: str
    checkout: str


@dataclass
class Plaza:
    url: str
    people: list[Person]
    processes: dict[str, int]
    database: str  # its name on PostgreSQL


@contextmanager
def running_plaza(people: int) -> Iterator[Plaza]:
    """As production ships it: one process on SQLite, or web, worker and beat on PostgreSQL and Redis."""
    with tempfile.TemporaryDirectory(prefix="plaza-bench-") as data, fresh_database() as database, ExitStack() as stack:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = kept() | {
            "PLAZA_DATA": data,
            "PLAZA_MODE": "production",
            "PLAZA_SANDBOX": "1",
            "SANDBOX_WEBHOOK_SECRET": SECRET,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_URL": url,
            "SECRET_KEY": secrets.token_urlsafe(64),
            "EMAIL_URL": "dummymail://",
            **database,
        }
        subprocess.run(manage("migrate", "--no-input", "--verbosity=0"), env=environment, cwd=ROOT, check=True)
        made = subprocess.run(
            [sys.executable, str(HERE / "people.py"), str(people)],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
        )
        services = ("web", "worker", "beat") if database else ("serve",)
        processes = {name: stack.enter_context(running(manage(name), environment)) for name in services}
        wait_until_open(url)
        people = [Person(**facts) for facts in json.loads(made.stdout.splitlines()[-1])]
        yield Plaza(url, people, processes, urlsplit(environment.get("DATABASE_URL", "")).path.strip("/"))


@contextmanager
def running_bare() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="plaza-bench-") as data, fresh_database() as database:
        port = free_port()
        environment = kept() | {"PLAZA_DATA": data, "PLAZA_MODE": "demo", **database}
        with running([sys.executable, str(HERE / "bare.py"), str(port)], environment):
            wait_until_open(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """The process' id. Its log is shown if it ends by itself."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            if process.poll() is not None:
                log.seek(0)
                print(f"{command[-1]} ended by itself:\n{log.read()[-3000:]}", file=sys.stderr)
            else:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


@contextmanager
def fresh_database() -> Iterator[dict[str, str]]:
    """The variables that name it: on the server of DATABASE_URL, else none, which is SQLite."""
    if not DATABASE:
        yield {}
        return
    if not REDIS:
        sys.exit("With DATABASE_URL the benchmark needs REDIS_URL too: web and worker are two processes then.")
    import psycopg

    name = f"plaza_bench_{secrets.token_hex(6)}"
    parts = urlsplit(DATABASE)
    server = urlunsplit(parts._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield {"DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")), "REDIS_URL": REDIS}
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def kept() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in (*OURS, "REDIS_URL")}


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                answer.read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit(f"{url} did not open within two minutes.")
