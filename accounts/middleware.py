"""Each request is answered in somebody's language and time zone."""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.models import User
from core import languages


class LanguageMiddleware:
    """The person's own language, else the cookie's, else what the browser asks for; the person's own time zone, else
    their device's; for this request alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = _person(request)
        own, own_zone = (person.language, person.time_zone) if person else ("", "")
        language = languages.for_visitor(own, request.COOKIES, request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        with languages.spoken_to(language, languages.zone_for_visitor(own_zone, request.COOKIES)):
            response = self._get_response(request)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            response.headers.setdefault("Content-Language", translation.get_language() or "")
            return response


def _person(request: HttpRequest) -> User | None:
    """Without the database nobody is known, and whoever needs to know says so: health checks do not."""
    try:
        return request.user if isinstance(request.user, User) else None
    except DatabaseError:
        return None
