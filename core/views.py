"""Pages that say no, in the look of the rest, and as JSON under /api/."""

import math
import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from core.api import as_refusal, refusal_response
from core.errors import DomainError, Forbidden, Invalid, NotFound, Unavailable

_OWN_PAGE = {400, 403, 404, 410, 429}


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    detail = _("This page was open too long, or cookies are blocked. Please reload it and try again.")


class ServerError(DomainError):
    code = "server_error"
    status = 500
    detail = _("Something went wrong on our side. It has been noted.")


def refuse(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    if request.path.startswith("/api/") or "HX-Request" in request.headers:  # static/js/exchange.js shows its sentence
        return refusal_response(refusal)
    seconds = math.ceil(refusal.retry_after or 0)
    said = {"refusal": refusal, "seconds": seconds, "minutes": math.ceil(seconds / 60)}
    if refusal.status == Unavailable.status:
        response = HttpResponse(render_to_string("503.html", said), status=refusal.status)
    else:
        page = f"{refusal.status}.html" if refusal.status in _OWN_PAGE else "refused.html"
        response = render(request, page, said, status=refusal.status)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(max(1, seconds))
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, Invalid())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, Forbidden())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refuse(request, CsrfFailed())


def server_error(request: HttpRequest) -> HttpResponse:
    """Also for what middleware raises, where `RefusalMiddleware` does not come by: with the database away, most of it.

    The page asks for nothing, neither a context processor nor the database: one of them may be what is broken.
    """
    error = sys.exc_info()[1]
    refusal = as_refusal(error) if isinstance(error, Exception) else None
    if refusal is not None:
        return refuse(request, refusal)
    if request.path.startswith("/api/"):
        return refusal_response(ServerError())
    return HttpResponse(render_to_string("500.html"), status=500)
