"""Names of rooms and people in them, as the rows keep them."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from core.errors import Invalid
from core.names import clean_name, name_key, name_skeleton
from rooms.models import Member, Space

LONGEST_NAME, LONGEST_NICKNAME = 40, 30
SUGGESTED = 8  # names that are looked at for a free one


def clean_names(**given: str) -> list[str]:
    """Cleaned names in the order given. Raises one Invalid that names every wrong field."""
    cleaned: list[str] = []
    wrong: dict[str, Any] = {}
    for field, raw in given.items():
        try:
            cleaned.append(
                clean_name(raw, field=field, minimum=2, maximum=LONGEST_NAME if field == "name" else LONGEST_NICKNAME)
            )
        except Invalid as invalid:
            wrong |= invalid.fields or {}
    if wrong:
        raise Invalid(fields=wrong)
    return cleaned


def nickname_fields(nickname: str) -> dict[str, str]:
    return {
        "nickname": nickname,
        "nickname_key": name_key(nickname),
        "nickname_skeleton": name_skeleton(nickname),
    }


def retire_expired_holder(name: str) -> None:
    """A room that has ended gives its name back, whether or not it has been swept."""
    held = Q(name_key=name_key(name)) | Q(name_skeleton=name_skeleton(name))
    ended = Space.objects.filter(held, expires_at__lte=timezone.now()).order_by("pk").select_for_update()
    Space.objects.filter(pk__in=[space.pk for space in ended]).update(name_key=None, name_skeleton=None)


def new_slug(name: str, *, private: bool) -> str:
    """Readable, never used before; a private room's cannot be guessed (64 random bits)."""
    return f"{slugify(name)[:40] or 'room'}-{secrets.token_hex(8 if private else 4)}"


Held = Iterable[tuple[str | None, str | None]]


def free_room_name(taken: str) -> str:
    """One like it that no living room has; "" if none was found.

    With a number by chance, so that it says nothing of who holds the others: a private room may.
    """

    def holders(names: Q) -> Held:
        return Space.objects.filter(names).living().values_list("name_key", "name_skeleton")

    numbers = secrets.SystemRandom().sample(range(2, 100), SUGGESTED)
    return _first_free(_numbered(taken, numbers, LONGEST_NAME), "name", holders)


def free_nickname(taken: str, space: Space) -> str:
    """One like it that nobody in this room has or had; "" if none was found."""

    def holders(names: Q) -> Held:
        return Member.objects.filter(names, space=space).values_list("nickname_key", "nickname_skeleton")

    numbers = [*range(2, 2 + SUGGESTED // 2), *(10 + secrets.randbelow(990) for _ in range(SUGGESTED // 2))]
    return _first_free(_numbered(taken, numbers, LONGEST_NICKNAME), "nickname", holders)


def _numbered(name: str, numbers: Iterable[int], longest: int) -> Iterator[str]:
    """As "Tea house 7" for "Tea house" and for "Tea house 2". What is no name, cut as it is, is left out."""
    plain = re.sub(r" [0-9]{1,3}$", "", name)
    for number in numbers:
        raw = f"{plain[: longest - len(str(number)) - 1]} {number}"
        with suppress(Invalid):
            yield clean_name(raw, field="name", minimum=2, maximum=longest)


def _first_free(names: Iterable[str], field: str, holders: Callable[[Q], Held]) -> str:
    """One query."""
    keys = {name: {name_key(name), name_skeleton(name)} for name in names}
    every = set().union(*keys.values())
    held = set().union(*holders(Q(**{f"{field}_key__in": every}) | Q(**{f"{field}_skeleton__in": every})))
    return next((name for name, own in keys.items() if not held & own), "")
