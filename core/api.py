"""What every API view shares: one shape of refusal, one throttle, one way of paging."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError, Forbidden, Invalid, NotAuthenticated, NotFound, SlowDown, TooLarge, Unavailable

log = structlog.get_logger(__name__)

LARGEST_ID = 2**63 - 1
DATABASE_BACK = 10  # seconds after which it is worth another try


class ErrorSerializer(serializers.Serializer[Any]):
    """The shape of every refusal, for the schema."""

    code = serializers.CharField()
    detail = serializers.CharField()
    suggestion = serializers.CharField(required=False, help_text="A name that is free, where one was taken.")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)  # type: ignore[assignment]  # the contract's name shadows DRF's own property


class InputSerializer(serializers.Serializer[Any]):
    """Input of a POST or PATCH: what is wrong is an `Invalid` that names exactly the wrong fields."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        form = cls(data=data)
        if not form.is_valid():
            raise Invalid(fields={name: said for name, said in form.errors.items() if name in form.fields})
        return dict(form.validated_data)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every exception of an API view as `{"code", "detail", "fields"?}`; None (a 500, logged) for our own mistakes."""
    refusal = as_refusal(error)
    if refusal is None:
        return None
    set_rollback()
    return Response(refusal.as_dict(), status=refusal.status, headers=_headers(error, refusal))


def as_refusal(error: Exception) -> DomainError | None:
    """The refusal behind an exception of ours, of Django or of the REST framework."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, OperationalError):
        log.warning("database_did_not_answer", because=str(error).strip())
        return Unavailable(retry_after=DATABASE_BACK)
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, (BadRequest, SuspiciousOperation)):
        return Invalid()
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    return None


def _of_rest_framework(error: exceptions.APIException) -> DomainError:
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {}
        return Invalid(fields=fields)
    if isinstance(error, exceptions.NotAuthenticated):
        return NotAuthenticated()
    if isinstance(error, exceptions.NotFound):
        return NotFound()
    if isinstance(error, exceptions.Throttled):
        return SlowDown(retry_after=getattr(error, "wait", None))
    refusal = DomainError(str(error.detail))
    refusal.code = str(error.get_codes()) if isinstance(error.get_codes(), str) else "refused"
    refusal.status = error.status_code
    return refusal


def _headers(error: Exception, refusal: DomainError) -> dict[str, str]:
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
    if refusal.status == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    return headers


def refusal_response(refusal: DomainError) -> JsonResponse:
    """A refusal outside the REST framework: unknown addresses, middleware."""
    return JsonResponse(refusal.as_dict(), status=refusal.status, headers=_headers(refusal, refusal))


def whole_numbers(query: Mapping[str, str], **bounds: tuple[int, int]) -> dict[str, int | None]:
    """Query parameters, each with its least and its greatest value; None for one that is absent.

    Above the greatest is cut down to it. Raises one Invalid that names every wrong parameter.
    """
    found: dict[str, int | None] = {}
    wrong = {}
    for name, (least, greatest) in bounds.items():
        raw = query.get(name)
        if raw is None:
            found[name] = None
        elif raw.isascii() and raw.isdigit() and len(raw) <= 19 and int(raw) >= least:
            found[name] = min(int(raw), greatest)
        else:
            wrong[name] = _("A whole number, %(least)d or more.") % {"least": least}
    if wrong:
        raise Invalid(fields=wrong)
    return found


def cursor_page(
    request: Request,
    rows: Any,
    shape: Callable[[Any], dict[str, Any]] | None = None,
    *,
    shape_all: Callable[[list[Any]], list[dict[str, Any]]] | None = None,
) -> Response:
    """`{"results", "next"}` of a queryset ordered by `-pk`; `next` is a full address, or null at the end.

    `shape` is of one row; `shape_all` of a page of them, where something is asked for all at once.
    """
    asked = whole_numbers(request.query_params, limit=(1, 100), cursor=(1, LARGEST_ID))
    limit = asked["limit"] or 50
    if asked["cursor"] is not None:
        rows = rows.filter(pk__lt=asked["cursor"])
    found = list(rows[: limit + 1])
    page = found[:limit]
    following = next_address(request, cursor=page[-1].pk) if len(found) > limit else None
    results = shape_all(page) if shape_all else [shape(row) for row in page] if shape else []
    return Response({"results": results, "next": following})


def next_address(request: Request, **changed: Any) -> str:
    query = request.query_params.copy()
    for name, value in changed.items():
        query[name] = str(value)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
