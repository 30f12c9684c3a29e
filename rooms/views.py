"""The pages about rooms; the room itself is chat's."""

import math
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from core.errors import DomainError
from core.names import name_key
from rooms import actions, openings
from rooms.callers import Caller, guest_token
from rooms.doors import visible_room, with_guest_cookie
from rooms.errors import Banned, RoomCooldown, RoomGone
from rooms.forms import CreateRoomForm, JoinRoomForm
from rooms.models import Member, Space

ROOMS_ON_A_PAGE = 24
REFUSED_IN_A_DIALOG = 422  # what htmx puts into the page: templates/_exchange.html
LONGEST_SEARCH = 40
DIALOG_IDS = "dialog_%s"  # of fields, beside those of the page under it


@require_http_methods(["GET", "HEAD", "POST"])
def room_list(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    return _show_list(request, CreateRoomForm(initial={"nickname": _usual_nickname(request)}))


def _create(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("rooms:list"))
    form = CreateRoomForm(request.POST, auto_id=_ids(request))
    if form.is_valid():
        try:
            seated = actions.create_room(caller=Caller.of(request), **form.cleaned_data)
        except RoomCooldown as wait:
            response = _show_create(request, form, status=wait.status, wait=wait)
            response["Retry-After"] = str(max(1, math.ceil(wait.retry_after or 0)))
            return response
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _into(request, seated.space.slug)
    return _show_create(request, form, status=400)


@never_cache
@require_safe
def opening(request: HttpRequest) -> HttpResponse:
    """The form that opens a room, alone, for a dialog: static/js/rooms.js."""
    if not _in_dialog(request):
        return redirect(reverse("rooms:list") + "#open-a-room")
    return _show_create(request, CreateRoomForm(initial={"nickname": _usual_nickname(request)}, auto_id=DIALOG_IDS))


def _show_create(
    request: HttpRequest, form: CreateRoomForm, status: int = 200, wait: RoomCooldown | None = None
) -> HttpResponse:
    if not _in_dialog(request):
        return _show_list(request, form, status=status, wait=wait)
    shown = {"form": form, "wait": wait or _wait(Caller.of(request))}
    return render(request, "rooms/_create_dialog.html", shown, status=_dialog_status(status))


def _show_list(
    request: HttpRequest, form: CreateRoomForm, status: int = 200, wait: RoomCooldown | None = None
) -> HttpResponse:
    """With when the next room may be opened, if that is not now."""
    caller = Caller.of(request)
    wait = wait or _wait(caller)
    seats = Member.objects.present().of(caller)
    rooms = Space.objects.visible_to(caller).living().filter(kind=Space.Kind.FLYAWAY)
    mine = rooms.filter(members__in=seats).with_member_count().order_by("-pk")
    others = Space.objects.listed_for(caller).exclude(members__in=seats).with_member_count()
    wanted = name_key(request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH])
    if wanted:
        others = others.filter(name_key__contains=wanted)
    page = Paginator(others, ROOMS_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"rooms": page, "mine": mine[:50], "form": form, "wait": wait, "wanted": wanted}
    return render(request, "rooms/list.html", shown, status=status)


def _wait(caller: Caller) -> RoomCooldown | None:
    return openings.cooldown(caller.user, caller.address) if caller.user is not None else None


# --- In a dialog: the same forms, exchanged by htmx ---


def _in_dialog(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _ids(request: HttpRequest) -> str:
    return DIALOG_IDS if _in_dialog(request) else "id_%s"


def _dialog_status(status: int) -> int:
    return status if status == 200 else REFUSED_IN_A_DIALOG


def _into(request: HttpRequest, slug: str) -> HttpResponse:
    address = reverse("rooms:room", args=[slug])
    return HttpResponseClientRedirect(address) if _in_dialog(request) else redirect(address)


@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = visible_room(caller, slug)
    form = JoinRoomForm(request.POST, space=space, auto_id=_ids(request))
    if form.is_valid():
        try:
            seated = actions.join_room(caller=caller, slug=slug, **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status in (401, 404, 410, 429) or isinstance(refusal, Banned):
                raise
            form.refuse(refusal)
        else:
            response = _into(request, slug)
            if seated.member.kind == Member.Kind.GUEST:
                return with_guest_cookie(response, seated.space, guest_token(seated.member, seated.space))
            return response
    return show_join(request, space, form, status=400)


@never_cache
@require_safe
def door(request: HttpRequest, slug: str) -> HttpResponse:
    """What a stranger fills in to join, alone, for a dialog."""
    caller = Caller.of(request)
    space = visible_room(caller, slug)
    if not _in_dialog(request) or Member.objects.present().of(caller).filter(space=space).exists():
        return _into(request, slug)
    form = JoinRoomForm(space=space, initial={"nickname": _usual_nickname(request)}, auto_id=DIALOG_IDS)
    return show_join(request, space, form)


def show_join(
    request: HttpRequest, space: Space, form: JoinRoomForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The door of a room: what a stranger sees instead of its inside."""
    form = form or JoinRoomForm(space=space, initial={"nickname": _usual_nickname(request)})
    closed_to_guests = space.private and not request.user.is_authenticated
    shown: dict[str, Any] = {"space": space, "form": form, "closed_to_guests": closed_to_guests}
    if _in_dialog(request):
        return render(request, "rooms/_join_dialog.html", shown, status=_dialog_status(status))
    return render(request, "rooms/join.html", shown, status=status)


def show_gone(request: HttpRequest, slug: str) -> HttpResponse:
    """Goodbye. Who was in at the end may take along what was said, until the sweep. No word of the room to others."""
    caller = Caller.of(request)
    space = Space.objects.visible_to(caller).filter(slug=slug).first()
    seat = Member.objects.present().of(caller).filter(space=space).first() if space else None
    shown: dict[str, Any] = {"was_closed": space is not None and space.closed_at is not None}
    if space is not None and space.expires_at is not None and seat is not None:
        swept_at = space.expires_at + timedelta(seconds=settings.ROOM_SWEEP_AFTER)
        shown |= {"space": space, "swept_at": max(swept_at, timezone.now())}
    return render(request, "rooms/gone.html", shown, status=RoomGone.status)


def _usual_nickname(request: HttpRequest) -> str:
    return request.user.public_name if request.user.is_authenticated else ""
