"""The landing page: the one page that belongs to no app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rooms.callers import Caller
from rooms.models import Space


def landing(request: HttpRequest) -> HttpResponse:
    rooms = Space.objects.listed_for(Caller.of(request)).with_member_count()[:6]
    return render(request, "landing.html", {"rooms": rooms})
