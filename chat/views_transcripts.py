"""What was said, to be taken along: files, and the page on which one waits for a long one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import doors
from chat.models import TranscriptFile
from chat.places import place_path
from rooms.callers import Caller
from rooms.models import Space


@never_cache
@require_safe
def room_text(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    return doors.as_text(request, doors.transcript_of(Caller.of(request), slug, Space.Kind.FLYAWAY))


@never_cache
@require_safe
def room_pdf(request: HttpRequest, slug: str) -> HttpResponseBase:
    return _pdf(request, slug, Space.Kind.FLYAWAY)


@never_cache
@login_required
@require_safe
def conversation_text(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    return doors.as_text(request, doors.transcript_of(Caller.of(request), slug, Space.Kind.DIRECT))


@never_cache
@login_required
@require_safe
def conversation_pdf(request: HttpRequest, slug: str) -> HttpResponseBase:
    return _pdf(request, slug, Space.Kind.DIRECT)


def _pdf(request: HttpRequest, slug: str, kind: Space.Kind) -> HttpResponseBase:
    caller = Caller.of(request)
    made = doors.as_pdf(request, caller, doors.transcript_of(caller, slug, kind))
    return redirect("transcripts:transcript", made.pk) if isinstance(made, TranscriptFile) else made


@never_cache
@require_safe
def transcript(request: HttpRequest, transcript: str) -> HttpResponse:
    return _shown(request, transcript, "chat/transcript.html")


@never_cache
@require_safe
def state(request: HttpRequest, transcript: str) -> HttpResponse:
    """The part of the page that changes, asked for again and again while it is being made."""
    return _shown(request, transcript, "chat/_transcript_state.html")


def _shown(request: HttpRequest, transcript: str, template: str) -> HttpResponse:
    row = doors.own_transcript_file(Caller.of(request), transcript)
    space = row.channel.space
    shown = {
        "transcript": row,
        "space": space,
        "is_whole": row.member is None,
        "place_url": place_path(space.kind, space.slug),
        **doors.transcript_paths(space),
    }
    return render(request, template, shown)


@never_cache
@require_safe
def file(request: HttpRequest, transcript: str) -> StreamingHttpResponse:
    return doors.transcript_file(request, Caller.of(request), transcript)
