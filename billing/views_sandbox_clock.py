"""`/sandbox/clock`: the staff moves the sandbox's clock forward, on a page or as a program; `/sandbox/outage`: it is
away for a while."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock as time
from billing.sandbox import clock, outage
from billing.sandbox.subscriptions import end_of_period
from billing.views_sandbox import door, speaks_json
from core.errors import Invalid, NotAuthenticated, NotFound
from core.parsers import JSONParser
from core.times import iso

DAY = 86400


# Each half asks for the CSRF token itself: the API only where a cookie says who it is.
@csrf_exempt
@door
def move_clock(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _move_as_program(request) if _is_program(request) else _on_page(request)
    return answer


@csrf_exempt
@door
def set_outage(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _set_as_program(request) if _is_program(request) else _set_on_page(request)
    return answer


def _is_program(request: HttpRequest) -> bool:
    return speaks_json(request) or "Authorization" in request.headers


def _given(request: Request, name: str) -> Any:
    """By the staff. Raises NotAuthenticated, NotFound."""
    if not request.user.is_authenticated:
        raise NotAuthenticated
    if not request.user.is_staff:
        raise NotFound
    return request.data.get(name) if hasattr(request.data, "get") else None


@api_view(["POST"])
@parser_classes([JSONParser, FormParser])
def _set_as_program(request: Request) -> Response:
    """{seconds} -> {seconds}: for so long it does not answer; 0 ends that."""
    _be_away(_given(request, "seconds"))
    return Response({"seconds": outage.seconds_left()})


@csrf_protect
@login_required
@require_POST
def _set_on_page(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise NotFound
    _be_away(request.POST.get("seconds", ""))
    return redirect("sandbox:clock")


def _be_away(told: Any) -> None:
    """Raises Invalid."""
    text = _number(told)
    if not text or int(text) > outage.LONGEST:
        raise Invalid(fields={"seconds": _("A whole number of seconds, an hour at most.")})
    outage.begin(seconds=int(text))


@api_view(["POST"])
@parser_classes([JSONParser, FormParser])
def _move_as_program(request: Request) -> Response:
    """{advance: seconds} -> {now, offset, happened}."""
    happened = _advance(_given(request, "advance"))
    return Response({"now": iso(time.now()), "offset": int(time.offset().total_seconds()), "happened": happened})


def _advance(told: Any) -> int:
    """Raises Invalid."""
    text = _number(told)
    if not text or int(text) < 1:
        raise Invalid(fields={"advance": _("A whole number of seconds, 1 or more.")})
    try:
        return clock.advance(seconds=int(text))
    except clock.TooFar as too_far:
        raise Invalid(fields={"advance": _("The clock goes no farther than twenty years ahead.")}) from too_far


def _number(told: Any) -> str:
    """The digits of a whole number, as JSON or a form has it; "" if it is none."""
    text = str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 9 else ""


@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def _on_page(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise NotFound
    if request.method == "POST":
        try:
            happened = _advance(request.POST.get("advance", ""))
        except Invalid as refusal:
            return _show(request, wrong=refusal, status=400)
        return redirect(f"{request.path}?happened={happened}")
    return _show(request)


def _show(request: HttpRequest, *, wrong: Invalid | None = None, status: int = 200) -> HttpResponse:
    now = time.now()
    month = end_of_period(now, now, "month") - now
    trial = clock.next_trial_end()
    shown = {
        "now": now,
        "away": outage.seconds_left(),
        "is_moved": time.offset() > timedelta(),
        "day": DAY,
        "month": int(month.total_seconds()),
        "trial": int((trial - now).total_seconds()) + 1 if trial and trial > now else None,
        "trial_end": trial,
        "happened": _happened(request.GET.get("happened", "")),
        "typed": request.POST.get("advance", "")[:20],
        "wrong": wrong.fields["advance"] if wrong and wrong.fields else "",
    }
    return render(request, "billing/sandbox/clock.html", shown, status=status)


def _happened(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return ""
    count = int(text)
    if not count:
        return _("The clock has moved. Nothing was due.")
    said = ngettext(
        "The clock has moved, and %(count)d thing happened.",
        "The clock has moved, and %(count)d things happened.",
        count,
    )
    return said % {"count": count}
