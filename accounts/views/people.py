"""What everybody sees of a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.doors import public_person
from accounts.pictures import LARGE, avatar_path
from accounts.presence import statuses


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """One address for one person: another spelling of the name leads to it."""
    person = public_person(username)
    if person.username != username:
        return redirect("people:profile", person.username)
    picture = avatar_path(person.avatar, LARGE) if person.avatar else None
    status = statuses([person], here=request.user.pk)[person.pk]
    shown = {"person": person, "picture": picture, "status": status}
    return render(request, "accounts/person.html", shown)
