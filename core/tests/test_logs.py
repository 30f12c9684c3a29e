"""What the log shows, and what it must not."""

import json
import logging

import pytest

from core.logs import blotted, logging_config


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("postgres://plaza:hunter2@db:5432/plaza", "postgres://plaza:***@db:5432/plaza"),
        ("redis://:hunter2@cache/0", "redis://:***@cache/0"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: Bearer ***"),
        ("subprotocol bearer.abc-def_ghi", "subprotocol bearer.***"),
        ("/confirm?key=abc123&page=2", "/confirm?key=***&page=2"),
        ("{'password': 'hunter2', 'login': 'alice'}", "{'password': '***', 'login': 'alice'}"),
        ("SECRET_KEY=abc", "SECRET_KEY=***"),
        ("KeyError: 'message'", "KeyError: 'message'"),
        ("3 keys, 2 tokens", "3 keys, 2 tokens"),
    ],
)
def test_secrets_are_blotted_out(said: str, shown: str) -> None:
    assert blotted(said) == shown


def formatted(record: logging.LogRecord, *, demo: bool) -> str:
    spec = dict(logging_config(demo)["formatters"]["plaza"])
    return spec.pop("()")(**spec).format(record)


def failure() -> logging.LogRecord:
    try:
        raise ValueError("at redis://:hunter2@cache/0")
    except ValueError as wrong:
        return logging.LogRecord(
            "django.request", logging.ERROR, __file__, 1, "Broken: %s", ("/rooms/",), (ValueError, wrong, None)
        )


def test_production_logs_json_with_the_traceback() -> None:
    line = json.loads(formatted(failure(), demo=False))
    assert (line["event"], line["level"], line["logger"]) == ("Broken: /rooms/", "error", "django.request")
    assert "ValueError: at redis://:***@cache/0" in line["exception"]


def test_the_demo_logs_readable_lines_with_the_traceback() -> None:
    shown = formatted(failure(), demo=True)
    assert "Broken: /rooms/" in shown
    assert "ValueError: at redis://:***@cache/0" in shown


def test_loggers_that_exist_already_go_on() -> None:
    assert logging_config(demo=False)["disable_existing_loggers"] is False
