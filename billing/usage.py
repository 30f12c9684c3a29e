"""How much of a limit somebody has used. Who counts it registers it: the limits of a plan are used in higher apps."""

from collections.abc import Callable

from accounts.models import User

_counters: dict[str, Callable[[User], int]] = {}


def register(limit: str, count: Callable[[User], int]) -> None:
    """`limit` as in billing.policies.Limit."""
    _counters[limit] = count


def used_by(user: User) -> dict[str, int]:
    return {limit: count(user) for limit, count in _counters.items()}
