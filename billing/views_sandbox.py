"""The sandbox's own pages: a checkout, a customer portal, and the clock that the staff moves.

They stand for another company's: they know nobody by a cookie of Plaza's, and nothing of Plaza's pages is around them.
Who has the address of a checkout or a portal may use it, as with any hosted one; nobody can guess it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core import signing
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from billing import clock
from billing.gateway import sandbox
from billing.models import SandboxCheckout, SandboxSubscription
from billing.sandbox import Refused, books, cards, portal, subscriptions, words
from core import languages, rates
from core.api import refusal_response
from core.errors import DomainError, Invalid, NotFound, TooLarge
from core.network import address_key, client_ip

P = ParamSpec("P")
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def door(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Without the sandbox there is nothing here. A refusal is JSON for who has sent JSON."""

    @wraps(view)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            if not sandbox.is_there():
                raise NotFound
            if request.method == "POST":
                rates.take("API", f"address:{address_key(client_ip(request))}")
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            if not speaks_json(request):
                raise
            return refusal_response(refusal)

    return never_cache(opened)


def speaks_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def read_input(request: HttpRequest) -> Mapping[str, Any]:
    """The fields of a form, or of a JSON object. Raises Invalid, TooLarge."""
    if not speaks_json(request):
        return request.POST
    try:
        told = json.loads(request.body)
    except RequestDataTooBig as too_big:
        raise TooLarge from too_big
    except (ValueError, RecursionError) as unreadable:
        raise Invalid from unreadable
    if not isinstance(told, dict):
        raise Invalid
    return told


# --- The checkout ---------------------------------------------------------------------------------------------------
@door
@require_safe
def checkout(request: HttpRequest, ref: str) -> HttpResponse:
    return _show_checkout(request, _find(ref))


# The three below are exempt from CSRF: a hosted checkout trusts no cookie, so there is nothing of which another site
# could make use; what counts is the address, which only the customer has. Programs post JSON to it.
@csrf_exempt
@door
@require_POST
def pay(request: HttpRequest, ref: str) -> HttpResponse:
    """{card} -> {state, redirect}."""
    found = _find(ref)
    number, typed = _read_card(read_input(request))
    if number:
        return _lead_on(request, books.pay(ref=ref, number=number))
    if speaks_json(request):
        raise Invalid(fields={"card": portal.wrong_number()})
    return _show_checkout(request, found, typed=typed, status=400)


@csrf_exempt
@door
@require_POST
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """{approve} -> {state, redirect}: the answer to 3-D Secure."""
    _find(ref)
    answer = str(read_input(request).get("approve", "")).lower()
    if answer not in _YES | _NO:
        raise Invalid(fields={"approve": _("Say true or false.")})
    return _lead_on(request, books.confirm(ref=ref, approve=answer in _YES))


@csrf_exempt
@door
@require_POST
def back(request: HttpRequest, ref: str) -> HttpResponse:
    """Without paying. What was paid after all is paid."""
    _find(ref)
    return _lead_on(request, books.close(ref=ref))


@door
@require_safe
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """What a card has paid, and what of it went back."""
    try:
        charge = books.find_charge(ref)
    except Refused as refused:
        raise NotFound from refused
    shown = {
        "charge": charge,
        "title": words.paid_for(charge),
        "card": cards.as_kept(charge.card_number),
        "refunds": charge.refunds.all(),
    }
    return render(request, "billing/sandbox/receipt.html", shown)


def _find(ref: str) -> SandboxCheckout:
    """From here on everything is in the language of the order."""
    try:
        found = books.find_checkout(ref)
    except Refused as refused:
        raise NotFound from refused
    languages.go_on_in(found.language)
    return found


def _read_card(told: Mapping[str, Any]) -> tuple[str, str]:
    """The number, "" if it is none, and what was typed: one of the list goes before what stands in the field."""
    typed = told.get("test_card") or told.get("card", "")
    return cards.read_number(typed), typed[: cards.LONGEST_TYPED] if isinstance(typed, str) else ""


def _lead_on(request: HttpRequest, found: SandboxCheckout) -> HttpResponse:
    """To the merchant if this has come to its end, else back to the page, which says how it stands."""
    ways = {"paid": found.return_url, "expired": found.cancel_url}
    if speaks_json(request):
        told: dict[str, Any] = {"state": found.state, "redirect": ways.get(found.state)}
        if found.state == "confirming":
            told["redirect"] = sandbox.checkout_address(found.ref)
        if found.failure:
            told |= {"failure": found.failure, "detail": cards.failure(found.failure)}
        return JsonResponse(told)
    return HttpResponseRedirect(ways.get(found.state) or reverse("sandbox:checkout", args=[found.ref]))


def _show_checkout(
    request: HttpRequest, found: SandboxCheckout, *, typed: str | None = None, status: int = 200
) -> HttpResponse:
    """`typed` is what was no card's number."""
    is_late = found.is_payable and found.expires_at <= clock.now()
    shown = {
        "checkout": found,
        "step": "expired" if is_late else "form" if found.state in ("open", "failed") else found.state,
        "price": words.price(found.due_now, found.currency),
        "terms": words.terms(found),
        "minus": -found.amount,
        "first_payment": clock.now() + timedelta(days=found.trial_days) if found.trial_days else None,
        "failure": cards.failure(found.failure),
        "cards": cards.CARDS,
        "typed": typed or "",
        "wrong": "" if typed is None else portal.wrong_number(),
    }
    return render(request, "billing/sandbox/checkout.html", shown, status=status)


# --- The customer's portal ------------------------------------------------------------------------------------------
PortalView = Callable[[HttpRequest, "Visit"], HttpResponse]


class Visit:
    """Who has an address that `open_portal` made: for which subscription, and where back to."""

    def __init__(self, ref: str) -> None:
        name, self.return_url, language = cast(
            list[str], signing.loads(ref, salt=sandbox.PORTAL_SALT, max_age=sandbox.PORTAL_SECONDS)
        )
        languages.go_on_in(language)
        self.ref = ref
        self.subscription: SandboxSubscription = subscriptions.find(name)

    def leave(self, said: str) -> HttpResponse:
        return redirect(f"{reverse('sandbox:portal', args=[self.ref])}?said={said}")


def portal_door(view: PortalView) -> Callable[..., HttpResponse]:
    @wraps(view)
    def opened(request: HttpRequest, ref: str) -> HttpResponse:
        try:
            visit = Visit(ref)
        except signing.SignatureExpired:
            return render(request, "billing/sandbox/portal_closed.html", status=410)
        except (signing.BadSignature, Refused) as wrong:
            raise NotFound from wrong
        try:
            return view(request, visit)
        except Refused as refused:
            return visit.leave(refused.code)

    return door(opened)


@portal_door
@require_safe
def show_portal(request: HttpRequest, visit: Visit) -> HttpResponse:
    return _show_portal(request, visit)


@portal_door
@require_POST
def portal_plan(request: HttpRequest, visit: Visit) -> HttpResponse:
    named = request.POST.get("offer", "")
    plan = next((way.plan for way in portal.ways_from(visit.subscription) if way.plan.offer == named), None)
    if plan is None:
        return _show_portal(request, visit, no_plan=True, status=400)
    subscriptions.change(ref=visit.subscription.ref, plan=plan)
    return visit.leave("changed")


@portal_door
@require_POST
def portal_card(request: HttpRequest, visit: Visit) -> HttpResponse:
    number, typed = _read_card(request.POST)
    if not number:
        return _show_portal(request, visit, typed=typed, status=400)
    failure = subscriptions.change_card(ref=visit.subscription.ref, number=number)
    return visit.leave(f"kept_{failure}" if failure else "card")


@portal_door
@require_POST
def portal_cancel(request: HttpRequest, visit: Visit) -> HttpResponse:
    at_period_end = request.POST.get("when") != "now"
    subscriptions.cancel(ref=visit.subscription.ref, at_period_end=at_period_end)
    return visit.leave("cancels" if at_period_end else "ended_now")


@portal_door
@require_POST
def portal_resume(request: HttpRequest, visit: Visit) -> HttpResponse:
    subscriptions.resume(ref=visit.subscription.ref)
    return visit.leave("resumed")


def _show_portal(
    request: HttpRequest, visit: Visit, *, typed: str | None = None, no_plan: bool = False, status: int = 200
) -> HttpResponse:
    subscription = visit.subscription
    shown = portal.facts(subscription) | {
        "return_url": visit.return_url,
        "portal_ref": visit.ref,
        "said": portal.said(request.GET.get("said", "")),
        "typed": typed or "",
        "wrong": "" if typed is None else portal.wrong_number(),
        "no_plan": no_plan,
    }
    return render(request, "billing/sandbox/portal.html", shown, status=status)
