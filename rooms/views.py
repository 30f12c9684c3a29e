"""The pages about rooms; the room itself is chat's."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from rooms import actions
from rooms.callers import Caller, guest_token
from rooms.doors import visible_room, with_guest_cookie
from rooms.errors import Banned
from rooms.forms import CreateRoomForm, JoinRoomForm
from rooms.models import Member, Space

ROOMS_ON_A_PAGE = 24


@require_http_methods(["GET", "HEAD", "POST"])
def room_list(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    return _show_list(request, CreateRoomForm(initial={"nickname": _usual_nickname(request)}))


def _create(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("rooms:list"))
    form = CreateRoomForm(request.POST)
    if form.is_valid():
        try:
            seated = actions.create_room(caller=Caller.of(request), **form.cleaned_data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect("rooms:room", slug=seated.space.slug)
    return _show_list(request, form, status=400)


def _show_list(request: HttpRequest, form: CreateRoomForm, status: int = 200) -> HttpResponse:
    caller = Caller.of(request)
    seats = Member.objects.present().of(caller)
    mine = Space.objects.visible_to(caller).living().filter(members__in=seats).with_member_count().order_by("-pk")
    others = Space.objects.listed_for(caller).exclude(members__in=seats).with_member_count()
    page = Paginator(others, ROOMS_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"rooms": page, "mine": mine[:50], "form": form}
    return render(request, "rooms/list.html", shown, status=status)


@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = visible_room(caller, slug)
    form = JoinRoomForm(request.POST, space=space)
    if form.is_valid():
        try:
            seated = actions.join_room(caller=caller, slug=slug, **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status in (401, 404, 410, 429) or isinstance(refusal, Banned):
                raise
            form.refuse(refusal)
        else:
            response = redirect("rooms:room", slug=slug)
            if seated.member.kind == Member.Kind.GUEST:
                return with_guest_cookie(response, seated.space, guest_token(seated.member, seated.space))
            return response
    return show_join(request, space, form, status=400)


@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    actions.leave_room(caller=Caller.of(request), slug=slug)
    return redirect("rooms:list")


def show_join(
    request: HttpRequest, space: Space, form: JoinRoomForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The door of a room: what a stranger sees instead of its inside."""
    form = form or JoinRoomForm(space=space, initial={"nickname": _usual_nickname(request)})
    closed_to_guests = space.private and not request.user.is_authenticated
    shown: dict[str, Any] = {"space": space, "form": form, "closed_to_guests": closed_to_guests}
    return render(request, "rooms/join.html", shown, status=status)


def _usual_nickname(request: HttpRequest) -> str:
    return request.user.public_name if request.user.is_authenticated else ""
