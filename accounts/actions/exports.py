"""Everything that Plaza keeps about a person, packed for them by a worker, and thrown away after a while."""

import tempfile
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit, mails
from accounts.archive import Archive
from accounts.models import DataExport, User
from core import rates, work

FOLDER = "exports"  # of the private storage
IN_MEMORY = 1024 * 1024  # bytes of a ZIP; a larger one is packed on disk


def ask_export(*, user: User, address: str) -> DataExport:
    """A new one, or the one that is being packed already. Raises SlowDown."""
    from accounts.tasks import pack_export as task

    if running := DataExport.objects.under_way().filter(user=user).first():
        return running
    rates.take("EXPORTS", f"person:{user.pk}")
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user)
            audit.record("export_asked", actor=user, target=user, address=address)
            work.start(task, export)
    except IntegrityError:  # asked twice at once: the other one is it
        export = DataExport.objects.filter(user=user).latest("pk")
    return export


def pack_export(*, export_id: int) -> None:
    """May run twice: only what is due is packed. What a killed worker left of the file is replaced."""
    export = work.take(DataExport, export_id)
    if export is None:
        return
    storage, name = storages["private"], f"{FOLDER}/{export.pk}.zip"
    storage.delete(name)
    try:
        kept = _write(export, name)
        with transaction.atomic():
            expires_at = timezone.now() + timedelta(seconds=settings.EXPORT_KEPT)
            work.finish(export, file=kept, size=storage.size(kept), expires_at=expires_at)
            mails.send_export_ready(export)
    except work.Lost:  # another worker has it by now, or its person is gone; a file that was written is swept
        return


def _write(export: DataExport, name: str) -> str:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as packed:
        Archive(export.user, packed, lambda percent: work.advance(export, percent)).write()  # type: ignore[arg-type]  # a file in all but its type
        packed.seek(0)
        return storages["private"].save(name, File(packed))


def throw_away_old_exports() -> None:
    """The file first, then the row is marked: a worker killed in between leaves nothing that nobody knows of."""
    _throw_away(DataExport.objects.exclude(file="").filter(expires_at__lte=timezone.now())[:100])
    _throw_away_unknown_files()


def throw_away_exports_of(user: User) -> None:
    """Files and rows, one under way too: its worker finds no row to finish."""
    exports = DataExport.objects.filter(user=user)
    for export in exports:
        storages["private"].delete(export.file or f"{FOLDER}/{export.pk}.zip")
    exports.delete()


def _throw_away(exports: Iterable[DataExport]) -> None:
    for export in exports:
        storages["private"].delete(export.file)
        DataExport.objects.filter(pk=export.pk).update(file="", size=0)


def _throw_away_unknown_files() -> None:
    """What workers wrote whose rows were gone by then, or who were killed before they could say so."""
    storage = storages["private"]
    if not storage.exists(FOLDER):
        return
    names = {f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]}
    known = set(DataExport.objects.filter(file__in=names).values_list("file", flat=True))
    long_ago = timezone.now() - timedelta(hours=1)
    for name in names - known:
        if storage.get_modified_time(name) < long_ago:
            storage.delete(name)
