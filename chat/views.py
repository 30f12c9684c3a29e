"""The room page, which works without JavaScript too; and what the page of a conversation shares with it."""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Status
from accounts.presence import OFFLINE
from chat import actions, history, places
from chat.doors import transcript_paths
from chat.forms import PostForm
from core.errors import DomainError
from core.rates import take
from rooms import payloads, policies
from rooms.callers import Caller
from rooms.doors import visible_room
from rooms.errors import RoomGone
from rooms.models import Member, Space
from rooms.views import show_gone, show_join

MESSAGES_AT_FIRST = 50


@require_safe
def room(request: HttpRequest, slug: str) -> HttpResponse:
    return _room(request, slug)


@require_POST
def post(request: HttpRequest, slug: str) -> HttpResponse:
    refused = say(request, visible_room(Caller.of(request), slug))
    return _room(request, slug, refused) if refused else redirect("rooms:room", slug=slug)


def say(request: HttpRequest, space: Space) -> PostForm | None:
    """What the composer sent, as the caller's message. The form with what is wrong, if it was not said."""
    caller, channel = Caller.of(request), space.channels.all()[0]
    form = PostForm(request.POST)
    if not form.is_valid():
        return form
    seat = history.position(caller, channel.pk).seat
    try:
        take("SENDS", caller.key)
        actions.post_message(actions.Draft(channel.pk, seat.pk, form.cleaned_data["nonce"], form.cleaned_data["body"]))
    except DomainError as refusal:
        form.add_error(None, str(refusal.detail))
        return form
    return None


def _room(request: HttpRequest, slug: str, form: PostForm | None = None) -> HttpResponse:
    caller = Caller.of(request)
    try:
        space = visible_room(caller, slug)
    except RoomGone:
        return show_gone(request, slug)
    seat = Member.objects.present().of(caller).filter(space=space).first()
    if seat is None:
        return show_join(request, space)
    shown = {
        **talk(caller, space, form),
        "title": space.name,
        "place_url": places.place_path(space.kind, slug),
        "post_url": reverse("rooms:post", args=[slug]),
        "leave_url": reverse("rooms:leave", args=[slug]),
    }
    return render(request, "chat/room.html", shown, status=400 if form else 200)


def talk(caller: Caller, space: Space, form: PostForm | None) -> dict[str, Any]:
    """What a page shows of what is said in a place, and of its people."""
    channel = space.channels.all()[0]
    found = history.position(caller, channel.pk)
    page = history.before(channel.pk, found.seat, None, MESSAGES_AT_FIRST)
    seats = Member.objects.visible_to(caller).filter(space=space).select_related("user").order_by("nickname_key")
    members = payloads.members(list(seats), here=found.seat.pk)
    is_room = space.kind == Space.Kind.FLYAWAY
    return {
        "space": space,
        "channel": channel,
        "me": payloads.member(found.seat, Status.ONLINE),
        "online": [member for member in members if member["status"] != OFFLINE],
        "offline": [member for member in members if member["status"] == OFFLINE],
        "messages": page.messages[::-1],
        "has_older": page.more,
        "head": found.state.head,
        "last_seq": found.last_seq,
        "read_seq": history.read_seq(channel.pk, found.seat),
        "looks_after": is_room and policies.can_moderate(caller, found.seat),
        "is_staff": is_room and policies.is_staff(caller),
        "sweep_after": settings.ROOM_SWEEP_AFTER,
        **transcript_paths(space),
        "places": places.beside(caller),
        "blocked": _why_silent(found.seat),
        "form": form,
        "nonce": secrets.token_urlsafe(12),
    }


def _why_silent(seat: Member) -> str:
    """The name of the sentence that stands where one writes, if one may not. A query in a conversation of two alone."""
    if not policies.can_speak(seat):
        return "blocked"
    is_pair = seat.space.pair is not None
    return "cut-off" if is_pair and Space.objects.cut_off().filter(pk=seat.space_id).exists() else ""
