"""What was said, over REST, to be kept: as plain text and as PDF."""

from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.doors import as_pdf, as_text, own_transcript_file, transcript_file, transcript_of
from chat.models import TranscriptFile
from chat.serializers import TranscriptLater, TranscriptShape
from core.api import ErrorSerializer
from core.times import iso
from rooms.callers import Caller
from rooms.models import Space

_REFUSED = dict.fromkeys((401, 404, 429), ErrorSerializer)
_LATER: dict[Any, Any] = {202: TranscriptLater, 409: ErrorSerializer}
_TEXT: dict[Any, Any] = {(200, "text/plain"): OpenApiTypes.STR, **_REFUSED}
_FILE: dict[Any, Any] = {(200, "application/pdf"): OpenApiTypes.BINARY}


class FileView(APIView):
    """A file is what there is, whatever the client accepts; the rest is JSON."""

    kind: ClassVar[Space.Kind]

    def perform_content_negotiation(self, request: Request, force: bool = True) -> tuple[BaseRenderer, str]:
        return super().perform_content_negotiation(request, force=force)

    def text(self, request: Request, slug: str) -> StreamingHttpResponse:
        return as_text(request._request, transcript_of(Caller.of(request), slug, self.kind))

    def pdf(self, request: Request, slug: str) -> HttpResponseBase:
        caller = Caller.of(request)
        made = as_pdf(request._request, caller, transcript_of(caller, slug, self.kind))
        if isinstance(made, TranscriptFile):
            return Response({"status_url": _address(request, "api_transcript_made", made)}, status=202)
        return made


class RoomTranscript(FileView):
    kind = Space.Kind.FLYAWAY

    @extend_schema(operation_id="room_transcript_text", responses=_TEXT)
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Since one's joining, as plain text; also after the room's end, until it is swept."""
        return self.text(request, slug)


class RoomTranscriptPdf(FileView):
    kind = Space.Kind.FLYAWAY

    @extend_schema(operation_id="room_transcript", responses={**_FILE, **_LATER, **_REFUSED})
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Since one's joining, as PDF; also after the room's end, until it is swept. A long one is made in the
        background: 202, and where to ask how far it is. Asking again answers the same one."""
        return self.pdf(request, slug)


class ConversationTranscript(FileView):
    kind = Space.Kind.DIRECT

    @extend_schema(operation_id="conversation_transcript_text", responses=_TEXT)
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Since one came to it, as plain text."""
        return self.text(request, slug)


class ConversationTranscriptPdf(FileView):
    kind = Space.Kind.DIRECT

    @extend_schema(operation_id="conversation_transcript", responses={**_FILE, **_LATER, **_REFUSED})
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Since one came to it, as PDF. A long one is made in the background: 202, and where to ask how far it is."""
        return self.pdf(request, slug)


class TranscriptMade(APIView):
    @extend_schema(operation_id="transcript_state", responses={200: TranscriptShape, **_REFUSED})
    def get(self, request: Request, transcript: str) -> Response:
        """How far the making of a long one is, and then where it is."""
        row = own_transcript_file(Caller.of(request), transcript)
        shown = {
            "id": str(row.pk),
            "state": row.shown_state,
            "progress": row.progress,
            "size": row.size,
            "url": _address(request, "api_transcript_file", row) if row.file else None,
            "created_at": iso(row.created_at),
            "expires_at": iso(row.expires_at),
        }
        return Response(shown)


class TranscriptMadeFile(FileView):
    @extend_schema(operation_id="transcript_file", responses={**_FILE, **_REFUSED})
    def get(self, request: Request, transcript: str) -> StreamingHttpResponse:
        """The PDF, while it is kept and its reader may read all of it."""
        return transcript_file(request._request, Caller.of(request), transcript)


def _address(request: Request, name: str, row: TranscriptFile) -> str:
    return request.build_absolute_uri(reverse(name, args=[row.pk]))
