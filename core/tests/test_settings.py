"""Settings: documented, and refused in a sentence when they cannot work."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from core import environment
from core.environment import VARIABLES, one_of, rate, url, whole_number
from core.management.commands.settings_help import as_markdown
from core.tests.servers import PlazaFactory, free_port, manage

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION: dict[str, str | None] = {
    "PLAZA_MODE": "production",
    "SECRET_KEY": "ubxKfHUmzGgRCqcc8PF6nCkR9hMZ2hLXGm3EN2xMqEsmVZ5cvFhJ0gAHjCQ1",
    "PUBLIC_URL": "https://plaza.example",
    "TRUSTED_PROXIES": "1",
    "DATABASE_URL": "postgres://plaza:word@127.0.0.1:9/plaza",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "EMAIL_URL": "smtp+tls://plaza:word@mail.example:587",
}


def test_every_setting_is_documented_as_it_is() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    table = page.partition("--markdown` -->\n")[2].partition("\n<!-- /settings -->")[0]
    assert table == as_markdown()


def test_every_setting_says_what_it_is_for() -> None:
    for variable in VARIABLES.values():
        assert variable.help.endswith("."), variable.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("ROOM_LIFETIME", "-5"),
        ("TRUSTED_PROXIES", "-1"),
        ("REDIS_URL", "http://x"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(start_plaza: PlazaFactory, name: str, value: str) -> None:
    env = {"PLAZA_DATA": start_plaza.data_folder(empty=True), "PORT": str(free_port()), name: value}
    said = manage("serve", env=env)
    assert said.returncode != 0
    assert re.match(rf"Plaza cannot start: {name}='{re.escape(value)}' is not usable: .*\.$", said.stderr.strip())
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("raw", "cast", "because"),
    [
        ("http", whole_number(1), "it must be a whole number"),
        ("0", whole_number(1, 9), "it must be between 1 and 9"),
        ("staging", one_of("demo", "production"), "it must be one of demo, production"),
        ("ftp://x", url("http", "https"), "it must begin with http:// or https://"),
        ("fast", rate, "a rate looks like 20/5s or 600/min"),
    ],
)
def test_a_refusal_names_the_variable_and_the_reason(
    monkeypatch: pytest.MonkeyPatch, raw: str, cast: Callable[[str], Any], because: str
) -> None:
    monkeypatch.setenv("PLAZA_EXAMPLE", raw)
    monkeypatch.setattr(environment, "VARIABLES", {})
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.read("PLAZA_EXAMPLE", "", "What it is for.", cast=cast)
    assert str(refused.value) == f"PLAZA_EXAMPLE={raw!r} is not usable: {because}. What it is for."


def test_a_folder_that_cannot_be_made_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = manage("serve", env={"PLAZA_DATA": str(tmp_path / "file/var"), "PORT": str(free_port())})
    assert said.returncode != 0
    assert said.stderr.startswith("Plaza cannot start: PLAZA_DATA (")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PUBLIC_URL"])
def test_production_needs_what_it_cannot_guess(start_plaza: PlazaFactory, missing: str) -> None:
    said = manage("check", env={**PRODUCTION, "PLAZA_DATA": start_plaza.data_folder(empty=True), missing: None})
    assert said.returncode != 0
    assert f"{missing} is not set" in said.stderr


@pytest.fixture
def silent_server() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    kept.append(server.accept()[0])
            except OSError:  # closed: the test is over
                pass

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        for connection in kept:
            connection.close()


def test_an_unreachable_database_stops_the_start(start_plaza: PlazaFactory) -> None:
    assert_refused_in_time(start_plaza, free_port())


def test_a_silent_database_stops_the_start(start_plaza: PlazaFactory, silent_server: int) -> None:
    assert_refused_in_time(start_plaza, silent_server)


def assert_refused_in_time(start_plaza: PlazaFactory, port: int) -> None:
    began = time.monotonic()
    said = manage(
        "serve",
        env={
            "PLAZA_DATA": start_plaza.data_folder(empty=True),
            "PLAZA_MODE": "demo",
            "PORT": str(free_port()),
            "DATABASE_URL": f"postgres://plaza:hunter2@127.0.0.1:{port}/plaza",
        },
    )
    assert said.returncode != 0
    assert time.monotonic() - began < 20  # 10 are promised; twice that, as everywhere, on a busy machine
    assert said.stderr.startswith("Plaza cannot start: DATABASE_URL names a database that ")
    assert "Traceback" not in said.stderr
    assert "hunter2" not in said.stderr


def test_a_production_as_documented_passes_all_checks(start_plaza: PlazaFactory) -> None:
    said = manage(
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        env={**PRODUCTION, "PLAZA_DATA": start_plaza.data_folder(empty=True)},
    )
    assert said.returncode == 0, said.stderr


def test_checks_say_what_to_set(start_plaza: PlazaFactory) -> None:
    weak = {"PUBLIC_URL": "http://plaza.example", "REDIS_URL": None, "DATABASE_URL": None, "EMAIL_URL": None}
    said = manage(
        "check", "--deploy", env={**PRODUCTION, **weak, "PLAZA_DATA": start_plaza.data_folder(empty=True)}
    ).stderr
    for found in ("plaza.W001", "plaza.W002", "plaza.W003", "plaza.W006"):
        assert found in said
    assert "HINT: Set REDIS_URL." in said
