"""What Plaza keeps about a person, app by app: taken along in an export, taken away when the account is deleted.

Each app registers its part in `AppConfig.ready()`, so that `accounts` need not know what lies above it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.files.base import File
from django.db import models
from django.utils.functional import Promise

M = TypeVar("M", bound=models.Model)

Files = Iterable[tuple[str, "File[Any]"]]  # a path inside the ZIP, and the file to put there


@dataclass(frozen=True)
class PersonData:
    """`user` is an accounts.User in all of them.

    about   what it is, for the README in the ZIP
    export  JSON for `<name>.json`; may be a generator of rows, so that many need not be held at once
    files   files that go into the ZIP
    erase   deletes what is theirs alone and makes nameless what has to stay; runs inside the deletion's transaction,
            and once more a minute later for what slipped in meanwhile
    """

    name: str
    about: str | Promise
    export: Callable[[Any], Any]
    erase: Callable[[Any], None]
    files: Callable[[Any], Files] = lambda _user: ()


_parts: dict[str, PersonData] = {}


def register(part: PersonData) -> None:
    _parts[part.name] = part


def parts() -> list[PersonData]:
    """In the order of the apps, highest first: what points at others goes before them."""
    return list(_parts.values())


def in_chunks(rows: "models.QuerySet[M]", size: int = 500) -> Iterator[M]:
    """All rows by primary key, few at a time and none twice: no query is open while a reader takes its time."""
    last: Any = None
    while chunk := list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:size]):
        yield from chunk
        last = chunk[-1].pk
