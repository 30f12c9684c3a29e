"""What Plaza keeps about a person, app by app: taken along in an export, taken away when the account is deleted.

Each app registers its part in `AppConfig.ready()`, so that `accounts` need not know what lies above it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

Files = Iterable[tuple[str, BinaryIO]]  # a path inside the ZIP, and the file to put there


@dataclass(frozen=True)
class PersonData:
    """`user` is an accounts.User in all of them.

    export  JSON for `<name>.json`; may be a generator of rows, so that many need not be held at once
    files   files that go into the ZIP
    erase   deletes what is theirs alone and makes nameless what has to stay; runs inside the deletion's transaction
    """

    name: str
    export: Callable[[Any], Any]
    erase: Callable[[Any], None]
    files: Callable[[Any], Files] = lambda _user: ()


_parts: dict[str, PersonData] = {}


def register(part: PersonData) -> None:
    _parts[part.name] = part


def parts() -> list[PersonData]:
    """In the order of the apps, highest first: what points at others goes before them."""
    return list(_parts.values())
