"""What is chosen in the menus of every page: one's status and the language."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.doors import page_before, person_of
from accounts.models import User


@require_POST
@login_required
def set_status(request: HttpRequest) -> HttpResponse:
    actions.set_status(user=person_of(request), status=request.POST.get("status", ""))
    return HttpResponseRedirect(page_before(request))


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """For this browser, by a cookie; for a person also on their other devices and in their mails."""
    language = request.POST.get("language", "")
    actions.set_language(user=request.user if isinstance(request.user, User) else None, language=language)
    response = HttpResponseRedirect(page_before(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
