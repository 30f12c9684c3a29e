"""Settings from environment variables: read, checked and described in one place.

`config/settings.py` calls `read(...)` once per variable. What it read is kept in `VARIABLES`, from which
`manage.py settings_help` and the test of `docs/settings.md` work.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()


@dataclass(frozen=True)
class Variable:
    name: str
    default: str
    help: str


VARIABLES: dict[str, Variable] = {}


def read(
    name: str,
    default: Any,
    help: str,
    *,
    cast: Callable[[str], Any] | None = None,
    shown_default: str | None = None,
) -> Any:
    """The value of one variable. Raises ImproperlyConfigured with a sentence that names it."""
    VARIABLES[name] = Variable(name, _shown(default) if shown_default is None else shown_default, help)
    raw = os.environ.get(name, "")
    if raw == "":
        return default
    try:
        return cast(raw) if cast else _env.parse_value(raw, type(default) if default is not None else str)
    except ImproperlyConfigured:
        raise
    except (ValueError, TypeError) as wrong:
        raise ImproperlyConfigured(f"{name}={raw!r} is not usable: {wrong}. {help}") from wrong


def _shown(default: Any) -> str:
    if isinstance(default, (list, tuple)):
        return ",".join(default)
    return "" if default is None else str(default)


def whole_number(minimum: int, maximum: int = 2**31 - 1) -> Callable[[str], int]:
    def cast(raw: str) -> int:
        try:
            number = int(raw)
        except ValueError:
            raise ValueError("it must be a whole number") from None
        if not minimum <= number <= maximum:
            raise ValueError(f"it must be between {minimum} and {maximum}")
        return number

    return cast


def one_of(*choices: str) -> Callable[[str], str]:
    def cast(raw: str) -> str:
        if raw not in choices:
            raise ValueError("it must be one of " + ", ".join(choices))
        return raw

    return cast


def url(*schemes: str) -> Callable[[str], str]:
    def cast(raw: str) -> str:
        if not raw.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError("it must begin with " + " or ".join(f"{scheme}://" for scheme in schemes))
        return raw

    return cast


def own_folder(name: str, path: Path) -> Path:
    """`path`, made if it is missing. Raises ImproperlyConfigured with a sentence if Plaza cannot write there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise ImproperlyConfigured(f"{name} ({path}) cannot be made: {wrong.strerror}. Choose another.") from wrong
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name} ({path}) may not be written by this user. Choose another folder.")
    return path


def rate(raw: str) -> str:
    from core.rates import Rate

    Rate.parse(raw)
    return raw
