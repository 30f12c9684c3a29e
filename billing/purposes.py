"""What payments are for. Higher apps register theirs in `AppConfig.ready()`; billing's own is the membership."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Purpose:
    """Both run in a transaction that has the payment's row locked, and may run again after a failure: what they do has
    to be bound to the payment or the refund by a unique key.

    fulfil   the payment was paid: give what it was for
    undo     a refund of it went: take back what its `effect` says
    """

    name: str
    fulfil: Callable[[Any], None]
    undo: Callable[[Any], None]


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    _purposes[purpose.name] = purpose


def named(name: str) -> Purpose:
    return _purposes[name]
