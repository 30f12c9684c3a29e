"""The pages for whoever looks after a room: its people, who looks after it next, and its end."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError, NotFound
from rooms import actions, payloads
from rooms.callers import Caller
from rooms.doors import member_of_own_room, own_room, person_behind, visible_room
from rooms.forms import HandOverForm, LeaveForm
from rooms.models import Member, Space

Act = Callable[..., Member]


@never_cache
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = own_room(caller, slug)
    rows = Member.objects.filter(space=space).select_related("user").order_by("nickname_key")
    seats = list(rows.present() | rows.filter(state=Member.State.BANNED))
    me = next((seat for seat in seats if caller.user is not None and seat.user_id == caller.user.pk), None)
    members = payloads.members(seats, here=me.pk if me else None)
    shown = {
        "space": space,
        "me": str(me.pk) if me else "",
        "members": [member for member in members if member["state"] != Member.State.BANNED],
        "banned": [member for member in members if member["state"] == Member.State.BANNED],
        "can_hand_over": actions.possible_owners(space).exists(),
    }
    return render(request, "rooms/people.html", shown)


@never_cache
@require_safe
def profile(request: HttpRequest, slug: str, member_id: str) -> HttpResponse:
    """Leads to the page of somebody who is in the room. What says who is in it names seats alone."""
    return redirect("people:profile", person_behind(Caller.of(request), slug, member_id).username)


@require_POST
def block(request: HttpRequest, slug: str, member_id: str) -> HttpResponse:
    said = _("%(name)s can read here, and not write.")
    return _do(request, slug, member_id, actions.block_member, said)


@require_POST
def unblock(request: HttpRequest, slug: str, member_id: str) -> HttpResponse:
    return _do(request, slug, member_id, actions.unblock_member, _("%(name)s may write again."))


@require_POST
def unban(request: HttpRequest, slug: str, member_id: str) -> HttpResponse:
    return _do(request, slug, member_id, actions.unban_member, _("%(name)s may come back."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ban(request: HttpRequest, slug: str, member_id: str) -> HttpResponse:
    """Asked first: it cannot be undone for what they miss meanwhile."""
    if request.method == "POST":
        said = _("%(name)s is out, and cannot come back.")
        return _do(request, slug, member_id, actions.ban_member, said)
    member = member_of_own_room(Caller.of(request), slug, member_id)
    return render(request, "rooms/ban.html", {"space": member.space, "member": member})


def _do(request: HttpRequest, slug: str, member_id: str, act: Act, said: str) -> HttpResponse:
    caller = Caller.of(request)
    member = member_of_own_room(caller, slug, member_id)
    try:
        act(caller=caller, member=member)
    except DomainError as refusal:
        if refusal.status in (404, 410):
            raise
        messages.error(request, str(refusal.detail))
    else:
        messages.success(request, said % {"name": member.nickname})
    return redirect("rooms:people", slug=slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = own_room(caller, slug)
    form = HandOverForm(request.POST if request.method == "POST" else None, others=actions.possible_owners(space))
    if form.is_valid():
        try:
            member = actions.hand_over(caller=caller, member=form.cleaned_data["member"])
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("%(name)s looks after this room now.") % {"name": member.nickname})
            return redirect("rooms:room", slug=slug)
    return _asked(request, "rooms/hand_over.html", space, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """The room page posts without asking here; an owner may choose first who looks after the room then."""
    caller = Caller.of(request)
    space = visible_room(caller, slug)
    seat = Member.objects.present().of(caller).filter(space=space).first()
    if seat is None:
        raise NotFound
    others = actions.possible_owners(space) if seat.role == Member.Role.OWNER else Member.objects.none()
    form = LeaveForm(request.POST if request.method == "POST" else None, others=others)
    if form.is_valid():
        heir = form.cleaned_data["to"]
        try:
            actions.leave_room(caller=caller, slug=slug, to=heir.pk if heir else None)
        except DomainError as refusal:
            if refusal.status in (404, 410):
                raise
            form.refuse(refusal)
        else:
            return redirect("rooms:list")
    return _asked(request, "rooms/leave.html", space, form, is_owner=seat.role == Member.Role.OWNER)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = own_room(caller, slug)
    if request.method == "POST":
        actions.close_room(caller=caller, slug=space.slug)
        return redirect("rooms:room", slug=slug)  # which says goodbye
    return render(request, "rooms/close.html", {"space": space})


def _asked(request: HttpRequest, page: str, space: Space, form: forms.Form, **more: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, page, {"space": space, "form": form, **more}, status=status)
