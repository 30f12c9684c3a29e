"""Everything that Plaza keeps about a person, packed for them by a worker, and thrown away after a while."""

from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit, mails
from accounts.archive import Archive
from accounts.models import DataExport, User
from core import made_files, rates, work


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
    made_files.make(DataExport, export_id, keep=settings.EXPORT_KEPT, write=_write, then=mails.send_export_ready)


def _write(export: DataExport, file: BinaryIO) -> None:
    Archive(export.user, file, lambda percent: work.advance(export, percent)).write()


def throw_away_old_exports() -> None:
    made_files.throw_away_old(DataExport)


def throw_away_exports_of(user: User) -> None:
    made_files.throw_away(DataExport.objects.filter(user=user))
