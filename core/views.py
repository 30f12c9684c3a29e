"""Pages that say no, in the look of the rest, and as JSON under /api/."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from core.api import refusal_response
from core.errors import DomainError, Forbidden, Invalid, NotFound

_OWN_PAGE = {400, 403, 404, 410, 429}


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    detail = _("This page was open too long, or cookies are blocked. Please reload it and try again.")


class ServerError(DomainError):
    code = "server_error"
    status = 500
    detail = _("Something went wrong on our side. It has been noted.")


def refuse(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    if request.path.startswith("/api/"):
        return refusal_response(refusal)
    page = f"{refusal.status}.html" if refusal.status in _OWN_PAGE else "refused.html"
    response = render(request, page, {"refusal": refusal}, status=refusal.status)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(int(refusal.retry_after) + 1)
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
    if request.path.startswith("/api/"):
        return refusal_response(ServerError())
    return render(request, "500.html", status=500)
