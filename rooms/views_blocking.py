"""The people one has blocked: the list in the settings, and the buttons wherever somebody is shown."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import page_before, person_of
from core.errors import DomainError
from rooms import actions
from rooms.doors import person_named
from rooms.models import PersonBlock

PEOPLE_ON_A_PAGE = 50


@never_cache
@require_safe
@login_required
def blocked(request: HttpRequest) -> HttpResponse:
    rows = PersonBlock.objects.filter(by=person_of(request)).select_related("of").order_by("-pk")
    page = Paginator(rows, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "rooms/blocked.html", {"page": page})


@login_required
@require_POST
def block(request: HttpRequest, username: str) -> HttpResponse:
    person = person_named(username)
    try:
        actions.block_person(by=person_of(request), of=person)
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    else:
        messages.success(request, _("%(name)s is blocked. They are not told.") % {"name": person.public_name})
    return redirect(page_before(request))


@login_required
@require_POST
def unblock(request: HttpRequest, username: str) -> HttpResponse:
    person = person_named(username, closed=True)
    actions.unblock_person(by=person_of(request), of=person)
    messages.success(request, _("%(name)s is not blocked any more.") % {"name": person.public_name})
    return redirect(page_before(request))
