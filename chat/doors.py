"""What the pages and the API of the chat share: finding a conversation, and the transcript of a place."""

import tempfile
from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from chat import actions, transcript_pdf
from chat.errors import TranscriptTooLong
from chat.models import TranscriptFile
from chat.transcript import TextTranscript, Transcript
from core.downloads import handed_out, private_file
from core.errors import NotFound
from core.ids import parse_id
from core.made_files import IN_MEMORY
from core.rates import take
from rooms.callers import Caller
from rooms.models import Channel, Member, Space

AT_ONCE = 500  # messages of a PDF that is made while its reader waits; a longer one is made by a worker
MOST = 100_000  # of any PDF: a worker's longest task is bounded (config/celery.py), and nobody reads 6,000 pages
PDF = "application/pdf"


def visible_conversation(caller: Caller, **named: Any) -> Space:
    """By `slug` or `pk`, of who is in it. Raises NotAuthenticated, NotFound."""
    caller.require_user()
    spaces = Space.objects.visible_to(caller).living().filter(kind=Space.Kind.DIRECT)
    space = spaces.prefetch_related("channels").filter(**named).first()
    if space is None:
        raise NotFound
    return space


def transcript_of(caller: Caller, slug: str, kind: Space.Kind) -> Transcript:
    """Of who is in; a room's also after its end until the sweep. Raises NotFound for everybody else."""
    channels = Channel.objects.visible_to(caller).filter(space__slug=slug, space__kind=kind)
    channel = channels.select_related("space").first()
    if channel is None:
        raise NotFound
    seat = Member.objects.present().of(caller).filter(space=channel.space_id).first()
    if seat is None:
        raise NotFound
    return Transcript.of_seat(channel, seat)


def whole_transcript(room: Space) -> Transcript:
    """From its beginning, for the staff. Raises NotFound after the sweep, and for what is no room."""
    channel = room.channels.select_related("space").first()
    if channel is None or room.kind != Space.Kind.FLYAWAY:
        raise NotFound
    return Transcript.whole(channel)


def transcript_paths(space: Space) -> dict[str, str]:
    """Where the caller's transcripts of a place are."""
    app = "conversations" if space.kind == Space.Kind.DIRECT else "rooms"
    return {
        "transcript_url": reverse(f"{app}:transcript_pdf", args=[space.slug]),
        "transcript_text_url": reverse(f"{app}:transcript", args=[space.slug]),
    }


def as_text(request: HttpRequest, transcript: Transcript) -> StreamingHttpResponse:
    """To be saved, never kept by anything in between."""
    text = TextTranscript(transcript)
    # Under ASGI Django reads a stream that is not asynchronous into memory first.
    parts = aiter(text) if isinstance(request, ASGIRequest) else iter(text)
    response = StreamingHttpResponse(parts, content_type="text/plain; charset=utf-8")
    shown_name = f"{transcript.space.slug}.txt"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=shown_name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def as_pdf(request: HttpRequest, caller: Caller, transcript: Transcript) -> StreamingHttpResponse | TranscriptFile:
    """The file, if it is short or was made already; else what a worker makes of it. Raises SlowDown,
    TranscriptTooLong."""
    made = TranscriptFile.objects.ready().asked_by(caller, transcript).just_as(transcript).order_by("-pk").first()
    if made is not None:
        return _file(request, made, transcript.space.slug)
    if transcript.longest > MOST:
        raise TranscriptTooLong
    if transcript.longest > AT_ONCE:
        return actions.ask_transcript(caller=caller, transcript=transcript)
    take("TRANSCRIPTS", actions.rate_key(caller, transcript))
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when it has been sent
    try:
        transcript_pdf.write(transcript, file)  # type: ignore[arg-type]  # a BinaryIO in all but its type
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    return handed_out(request, file, size, shown_name=f"{transcript.space.slug}.pdf", content_type=PDF)


def own_transcript_file(caller: Caller, transcript_id: str) -> TranscriptFile:
    """Raises NotFound."""
    rows = TranscriptFile.objects.visible_to(caller).select_related("channel__space", "member")
    row = rows.filter(pk=parse_id(transcript_id)).first()
    if row is None:
        raise NotFound
    return row


def transcript_file(request: HttpRequest, caller: Caller, transcript_id: str) -> StreamingHttpResponse:
    """Raises NotFound for other people's, and for one that is not ready or was thrown away."""
    row = own_transcript_file(caller, transcript_id)
    if not row.file:
        raise NotFound
    return _file(request, row, row.channel.space.slug)


def _file(request: HttpRequest, row: TranscriptFile, slug: str) -> StreamingHttpResponse:
    return private_file(request, row.file, shown_name=f"{slug}.pdf", content_type=PDF)
