"""The landing page: the one page that belongs to no app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.callers import Caller
from rooms.models import Member, Space

ROOMS_SHOWN = 6


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    listed = Space.objects.listed_for(Caller.of(request))
    shown = {
        "rooms": listed.with_member_count()[:ROOMS_SHOWN],
        "room_count": listed.count(),
        "people_count": Member.objects.present().filter(space__in=listed.order_by()).count(),
    }
    return render(request, "landing.html", shown)
