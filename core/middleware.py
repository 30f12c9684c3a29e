"""Refusals that reach the top: the same shape for the API, a page in our look for people."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from core.api import as_refusal
from core.errors import Unavailable
from core.views import refuse

GetResponse = Callable[[HttpRequest], HttpResponse]

MAINTENANCE_SECONDS = 300  # until a client may ask again
_ALWAYS_OPEN = ("/admin/", "/healthz", "/readyz", "/metrics")  # and static files, which come before


class CompressionMiddleware(GZipMiddleware):
    """Of pages and scripts that views make. Files keep their length, without which nobody can ask for a part of one."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(("text/html", "text/javascript")):
            return response
        return super().process_response(request, response)


class RefusalMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """None for our own mistakes: they are logged and answered 500."""
        refusal = as_refusal(error)
        return None if refusal is None else refuse(request, refusal)


class MaintenanceMiddleware:
    """While MAINTENANCE is set, everybody but staff is told to come back later."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.MAINTENANCE or request.path.startswith(_ALWAYS_OPEN) or _is_staff(request):
            return self._get_response(request)
        sentence = None if settings.MAINTENANCE == "1" else settings.MAINTENANCE
        return refuse(request, Unavailable(sentence, retry_after=MAINTENANCE_SECONDS))


def _is_staff(request: HttpRequest) -> bool:
    """Nobody is, while the database is away: it may be what is being maintained."""
    try:
        return bool(getattr(request.user, "is_staff", False))
    except DatabaseError:
        return False
