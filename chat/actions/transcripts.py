"""Long transcripts as PDF: asked for, made by a worker, handed out for a while, thrown away with their place."""

import time
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat import mails, transcript_pdf
from chat.models import TranscriptFile
from chat.transcript import Transcript
from core import made_files, rates, work
from core.errors import NotFound
from core.network import NOWHERE
from rooms.callers import Caller
from rooms.models import Channel

SIGN_SECONDS = 2.0  # between two signs of life
ROWS_KEPT = timedelta(days=7)  # after their end, when the file is long gone


def ask_transcript(*, caller: Caller, transcript: Transcript) -> TranscriptFile:
    """A new one, or the one that is being made already for this person in this place. Raises SlowDown, NotFound."""
    from chat.tasks import make_transcript as task

    if running := TranscriptFile.objects.under_way().asked_by(caller, transcript).first():
        return running
    rates.take("LONG_TRANSCRIPTS", rate_key(caller, transcript))
    try:
        with transaction.atomic():
            row = TranscriptFile.objects.create(
                channel_id=transcript.channel,
                member=transcript.seat,
                user=caller.user,
                from_seq=transcript.from_seq,
                last_seq=transcript.last_seq,
                head=transcript.head,
                language=transcript.language,
                time_zone=transcript.time_zone,
            )
            work.start(task, row)
    except IntegrityError:  # asked twice at once: the other one is it; or the place was swept in this instant
        other = TranscriptFile.objects.asked_by(caller, transcript).order_by("-pk").first()
        if other is None:
            raise NotFound from None
        return other
    return row


def rate_key(caller: Caller, transcript: Transcript) -> str:
    """A guest counts by the seat: many may come from one address."""
    return caller.key if caller.user or transcript.seat is None else f"member:{transcript.seat.pk}"


def make_transcript(*, transcript_id: int) -> None:
    made_files.make(TranscriptFile, transcript_id, keep=settings.TRANSCRIPT_KEPT, write=_write, then=_tell)


def _write(row: TranscriptFile, file: BinaryIO) -> None:
    transcript_pdf.write(_transcript(row), file, _Sign(row))


class _Sign:
    """Says how far it is, now and then: each time writes, and whoever talks meanwhile wants to write too."""

    def __init__(self, row: TranscriptFile) -> None:
        self._row = row
        self._signed_at = 0.0

    def __call__(self, percent: int) -> None:
        if time.monotonic() - self._signed_at > SIGN_SECONDS:
            work.advance(self._row, percent)
            self._signed_at = time.monotonic()


def _transcript(row: TranscriptFile) -> Transcript:
    """Raises NotFound when it is not theirs any more."""
    _require_theirs(row)
    channel = Channel.objects.select_related("space").get(pk=row.channel_id)
    return Transcript(
        space=channel.space,
        channel=channel.pk,
        from_seq=row.from_seq,
        last_seq=row.last_seq,
        head=row.head,
        seat=row.member,
        language=row.language,
        time_zone=row.time_zone,
    )


def _tell(row: TranscriptFile) -> None:
    _require_theirs(row)
    if row.user is not None and row.user.email:
        mails.send_transcript_ready(row)


def _require_theirs(row: TranscriptFile) -> None:
    """Whoever asked may have been put out since."""
    guest = frozenset({row.member_id}) if row.user is None and row.member_id else frozenset()
    if not TranscriptFile.objects.visible_to(Caller(row.user, guest, NOWHERE)).filter(pk=row.pk).exists():
        raise NotFound


def throw_away_transcripts(space_id: int) -> None:
    """Of a place that is being swept."""
    made_files.throw_away(TranscriptFile.objects.filter(channel__space=space_id))


def throw_away_old_transcripts() -> None:
    made_files.throw_away_old(TranscriptFile)
    long_over = TranscriptFile.objects.filter(due_at=None, file="", finished_at__lt=timezone.now() - ROWS_KEPT)
    long_over.delete()
