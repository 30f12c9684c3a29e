"""Files that workers make for people (`core.models.MadeFile`): made once, kept for a while, thrown away.

The file of a row has one name, so that a worker who takes the row over replaces what a killed one left.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import BinaryIO, TypeVar, cast

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from core import work
from core.errors import DomainError
from core.models import MadeFile

IN_MEMORY = 1024 * 1024  # bytes; a larger one is made on disk
LEFT_BEHIND = timedelta(hours=1)  # a file that no row knows for so long is nobody's

M = TypeVar("M", bound=MadeFile)


def make(
    model: type[M],
    pk: int,
    *,
    keep: int,
    write: Callable[[M, BinaryIO], None],
    then: Callable[[M], None],
) -> None:
    """May run twice: only what is due is made. It is kept for `keep` seconds.

    write  writes it, and calls `core.work.advance` now and then; a DomainError of its own is the end of it
    then   runs in the transaction that says it is done: a mail, perhaps; a DomainError undoes that
    """
    row = work.take(model, pk)
    if row is None:
        return
    storage, name = storages["private"], _name(row)
    storage.delete(name)
    try:
        try:
            kept = _store(row, name, write)
            with transaction.atomic():
                expires_at = timezone.now() + timedelta(seconds=keep)
                work.finish(row, file=kept, size=storage.size(kept), expires_at=expires_at)
                then(row)
        except DomainError as refused:
            storage.delete(name)
            work.fail(row, refused.code)
    except work.Lost:
        if not model._default_manager.filter(pk=pk).exists():  # else it is another worker's file by now
            storage.delete(name)


def _store(row: M, name: str, write: Callable[[M, BinaryIO], None]) -> str:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        write(row, cast(BinaryIO, file))  # it is one in all but its type
        file.seek(0)
        return storages["private"].save(name, File(file))


def _name(row: MadeFile) -> str:
    return f"{row.FOLDER}/{row.pk}{row.SUFFIX}"


def throw_away(rows: Iterable[MadeFile]) -> None:
    """Files and rows, also of what is under way: its worker finds no row to finish."""
    for row in rows:
        storages["private"].delete(row.file or _name(row))
        row.delete()


def throw_away_old(model: type[MadeFile]) -> None:
    """The file first, then the row is marked: a worker killed in between leaves nothing that nobody knows of."""
    for row in model._default_manager.exclude(file="").filter(expires_at__lte=timezone.now())[:100]:
        storages["private"].delete(row.file)
        model._default_manager.filter(pk=row.pk).update(file="", size=0)
    _throw_away_unknown(model)


def _throw_away_unknown(model: type[MadeFile]) -> None:
    """What workers wrote whose rows were gone by then, or who were killed before they could say so."""
    storage = storages["private"]
    if not storage.exists(model.FOLDER):
        return
    names = {f"{model.FOLDER}/{name}" for name in storage.listdir(model.FOLDER)[1]}
    known = set(model._default_manager.filter(file__in=names).values_list("file", flat=True))
    long_ago = timezone.now() - LEFT_BEHIND
    for name in names - known:
        if storage.get_modified_time(name) < long_ago:
            storage.delete(name)
