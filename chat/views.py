"""The room page: the talk, its people, and a composer that works without JavaScript too."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Status
from accounts.presence import OFFLINE
from chat import actions, history
from chat.forms import PostForm
from core.errors import DomainError
from core.rates import take
from rooms import payloads
from rooms.callers import Caller
from rooms.doors import visible_room
from rooms.errors import RoomGone
from rooms.models import Member
from rooms.views import show_join

MESSAGES_AT_FIRST = 50


@require_safe
def room(request: HttpRequest, slug: str) -> HttpResponse:
    return _room(request, slug)


@require_POST
def post(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    channel = visible_room(caller, slug).channels.all()[0]
    form = PostForm(request.POST)
    if not form.is_valid():
        return _room(request, slug, form)
    seat = history.position(caller, channel.pk).seat
    try:
        take("SENDS", caller.key)
        actions.post_message(actions.Draft(channel.pk, seat.pk, form.cleaned_data["nonce"], form.cleaned_data["body"]))
    except DomainError as refusal:
        form.add_error(None, str(refusal.detail))
        return _room(request, slug, form)
    return redirect("rooms:room", slug=slug)


def _room(request: HttpRequest, slug: str, form: PostForm | None = None) -> HttpResponse:
    caller = Caller.of(request)
    try:
        space = visible_room(caller, slug)
    except RoomGone:
        return render(request, "rooms/gone.html", status=410)
    seat = Member.objects.present().of(caller).filter(space=space).first()
    if seat is None:
        return show_join(request, space)
    channel = space.channels.all()[0]
    found = history.position(caller, channel.pk)
    page = history.before(channel.pk, found.seat, None, MESSAGES_AT_FIRST)
    seats = Member.objects.visible_to(caller).filter(space=space).select_related("user").order_by("nickname_key")
    members = payloads.members(list(seats), here=found.seat.pk)
    shown = {
        "space": space,
        "channel": channel,
        "me": payloads.member(found.seat, Status.ONLINE),
        "online": [member for member in members if member["status"] != OFFLINE],
        "offline": [member for member in members if member["status"] == OFFLINE],
        "messages": page.messages[::-1],
        "has_older": page.more,
        "head": found.state.head,
        "last_seq": found.last_seq,
        "form": form,
        "nonce": secrets.token_urlsafe(12),
    }
    return render(request, "chat/room.html", shown, status=400 if form else 200)
