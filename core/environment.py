"""Settings from environment variables: read, checked and described in one place.

`config/settings/` calls `read(...)` once per variable. What it read is kept in `VARIABLES`, from which
`manage.py settings_help` and the test of `docs/settings.md` work.
"""

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()


class NotLike(ValueError):
    """It has not the form of what it should be, and may be a secret all the same."""


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
    except NotLike as wrong:
        raise ImproperlyConfigured(f"{name} is not usable: {wrong}. {help}") from None
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


def flag(raw: str) -> bool:
    if raw not in ("0", "1"):
        raise ValueError("it must be 0 or 1")
    return raw == "1"


def currency(raw: str) -> str:
    if len(raw) != 3 or not (raw.isascii() and raw.isalpha() and raw.isupper()):
        raise ValueError("it must be the three capitals of ISO 4217, as EGP")
    return raw


def url(*schemes: str) -> Callable[[str], str]:
    def cast(raw: str) -> str:
        if not raw.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError("it must begin with " + " or ".join(f"{scheme}://" for scheme in schemes))
        return raw

    return cast


def like(pattern: str, described: str) -> Callable[[str], str]:
    """By its form, such as a key's; what was set is not repeated where it may be a secret."""

    def cast(raw: str) -> str:
        if not re.fullmatch(pattern, raw):
            raise NotLike(f"it must be {described}")
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


def kept_secret(path: Path) -> str:
    """What stands in this file; made at random the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
        fresh.chmod(0o600)
        try:
            path.hardlink_to(fresh)  # the first of several starters wins; the others read its key
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text(encoding="ascii")


def rate(raw: str) -> str:
    from core.rates import Rate

    Rate.parse(raw)
    return raw
