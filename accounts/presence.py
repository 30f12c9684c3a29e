"""What people are shown as: online, busy or absent while they have a page open somewhere, else offline."""

from collections.abc import Iterable

from accounts.models import Status, User
from core.presence import idle_by_key

OFFLINE = "offline"
AUTOMATIC = "auto"  # how the choice to make none is written
SHOWN, CHOSEN = [*Status.values, OFFLINE], [*Status.values, AUTOMATIC]


def key_of(user_id: int) -> str:
    return f"person:{user_id}"


def shown(chosen: str, idle: bool | None) -> str:
    """`idle` is None for who is not there: a choice counts only while one is."""
    if idle is None:
        return OFFLINE
    return chosen or (Status.ABSENT.value if idle else Status.ONLINE.value)


def statuses(people: Iterable[User], *, here: int | None = None) -> dict[int, str]:
    """User id -> status. One query. `here` looks at a page at this moment, whether or not its socket is known yet."""
    chosen = {person.pk: person.status for person in people}
    idle = idle_by_key([key_of(pk) for pk in chosen])
    if here is not None:
        idle.setdefault(key_of(here), False)
    return {pk: shown(status, idle.get(key_of(pk))) for pk, status in chosen.items()}
