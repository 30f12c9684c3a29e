"""The pages of conversations: one's list, and the talk in each."""

import math
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from chat import conversations, views
from chat.doors import visible_conversation
from chat.forms import PeopleForm, PostForm
from chat.places import place_path
from core.errors import DomainError, SlowDown
from rooms import actions
from rooms.callers import Caller
from rooms.models import PersonBlock, Space

ON_A_PAGE = 50


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation_list(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _list(request, PeopleForm())
    form = PeopleForm(request.POST)
    if form.is_valid():
        try:
            started = actions.start_conversation(caller=Caller.of(request), people=form.cleaned_data["people"])
        except DomainError as refusal:
            form.refuse(refusal)
            return _list(request, form, refusal)
        return redirect(place_path(started.space.kind, started.space.slug))
    return _list(request, form)


def _list(request: HttpRequest, form: PeopleForm, refusal: DomainError | None = None) -> HttpResponse:
    page = Paginator(conversations.listed(Caller.of(request)), ON_A_PAGE).get_page(request.GET.get("page"))
    rows: list[Any] = list(page.object_list)
    talks = [
        {**shape, "title": conversations.title(shape["people"]), "at": row.active_at}
        for row, shape in zip(rows, conversations.shapes(rows), strict=True)
    ]
    shown = {"page": page, "talks": talks, "form": form}
    response = render(request, "chat/conversations.html", shown, status=_status(form, refusal))
    if refusal is not None and refusal.retry_after is not None:
        response["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
    return response


def _status(form: PeopleForm, refusal: DomainError | None) -> int:
    if isinstance(refusal, SlowDown):
        return refusal.status
    return 400 if form.errors else 200


@never_cache
@login_required
@require_safe
def talk(request: HttpRequest, slug: str) -> HttpResponse:
    return _talk(request, visible_conversation(Caller.of(request), slug=slug))


@login_required
@require_POST
def post(request: HttpRequest, slug: str) -> HttpResponse:
    space = visible_conversation(Caller.of(request), slug=slug)
    refused = views.say(request, space)
    return _talk(request, space, refused) if refused else redirect(place_path(space.kind, space.slug))


def _talk(
    request: HttpRequest, space: Space, form: PostForm | None = None, adding: PeopleForm | None = None
) -> HttpResponse:
    caller = Caller.of(request)
    shown = {
        **views.talk(caller, space, form),
        **_about(caller, space),
        "place_url": place_path(space.kind, space.slug),
        "adding": adding or PeopleForm(),
        **{f"{name}_url": reverse(f"conversations:{name}", args=[space.slug]) for name in ("post", "leave")},
    }
    return render(request, "chat/conversation.html", shown, status=400 if form or adding else 200)


def _about(caller: Caller, space: Space) -> dict[str, Any]:
    """`other` is whom one talks with, if it is of two and there is a profile to go to; `person` is their account."""
    shape = conversations.payload(caller, space)
    others = [] if shape["group"] else shape["people"]
    person = next((User.objects.with_public_page().filter(username=one["username"]).first() for one in others), None)
    return {
        "conversation": shape,
        "title": conversations.title(shape["people"]),
        "other": others[0] if person else None,
        "person": person,
        "is_blocked": person is not None and PersonBlock.objects.filter(by=caller.user, of=person).exists(),
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """A group is asked about first: one comes back only if somebody adds one."""
    caller = Caller.of(request)
    space = visible_conversation(caller, slug=slug)
    if request.method != "POST":
        return render(
            request,
            "chat/conversation_leave.html",
            {"place_url": place_path(space.kind, space.slug), **_about(caller, space)},
        )
    actions.leave_conversation(caller=caller, space=space)
    said = _("You left the conversation.") if space.pair is None else _("Put away until the next message.")
    messages.success(request, said)
    return redirect("conversations:list")


@login_required
@require_POST
def mute(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = visible_conversation(caller, slug=slug)
    actions.mute_conversation(caller=caller, space=space, muted=request.POST.get("muted") == "true")
    return redirect(place_path(space.kind, space.slug))


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    caller = Caller.of(request)
    space = visible_conversation(caller, slug=slug)
    form = PeopleForm(request.POST)
    if form.is_valid():
        try:
            actions.add_people(caller=caller, space=space, people=form.cleaned_data["people"])
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return redirect(place_path(space.kind, space.slug))
    return _talk(request, space, adding=form)
