"""The pages of memberships and payments: choose, pay, see how it went, change, cancel."""

import math
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import person_of
from accounts.models import User
from billing import actions, clock, gateway, memberships, policies, showcase, usage
from billing.doors import own_payment
from billing.errors import NoSubscription, ProviderAway
from billing.forms import CancelForm, ChangeForm, CheckoutForm
from billing.gateway import mirrored
from billing.models import Fulfilment, Offer, Payment, Plan, Subscription
from billing.policies import Limit
from core.errors import DomainError, NotFound

PAYMENTS_ON_A_PAGE = 20
LIMITS: tuple[tuple[Limit, Any], ...] = (
    ("rooms_per_12h", gettext_lazy("Rooms in 12 hours")),
    ("characters_per_month", gettext_lazy("AI characters in a month")),
    ("ai_messages_per_month", gettext_lazy("AI messages in a month")),
    ("file_bytes", gettext_lazy("Size of a file")),
)
# A payment page that waits asks again by itself; of so many looks one asks the provider too.
LOOK_SECONDS, PATIENT_LOOK_SECONDS = 2, 10
PATIENT_AFTER, ASKS_EVERY = 30, 5
MOST_LOOKS = 10_000


# --- Choosing


@never_cache
@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    return _show_plans(request, request.GET.get("currency", ""))


@require_POST
def checkout(request: HttpRequest) -> HttpResponse:
    """To where the chosen plan is paid. Sent twice from one page, it is one payment."""
    wanted = request.POST.get("currency", "")
    if not request.user.is_authenticated:
        return redirect_to_login(_address_of_plans(wanted if wanted in showcase.currencies() else ""))
    form = CheckoutForm(request.POST)
    if not form.is_valid():
        return _show_plans(request, wanted, said=[str(said) for errors in form.errors.values() for said in errors])
    try:
        payment = actions.open_checkout(user=person_of(request), **form.asked)
    except DomainError as refusal:
        return _show_plans(request, wanted, said=_sentences(refusal), refusal=refusal)
    if payment.state == Payment.State.PENDING and payment.checkout_url:
        return redirect(_from_here(payment.checkout_url))
    return redirect("billing:payment", payment.ref)


def _show_plans(
    request: HttpRequest, wanted: str, *, said: list[str] | None = None, refusal: DomainError | None = None
) -> HttpResponse:
    """In the currency `wanted`, if anything has a price in it."""
    offered = showcase.currencies()
    currency = wanted if wanted in offered else next(iter(offered), "")
    person = request.user if isinstance(request.user, User) else None
    shown = {
        "plans": showcase.plans(person, currency),
        "limits": LIMITS,
        "currency": currency,
        "currencies": offered,
        "providers": gateway.all_there(),
        "key": secrets.token_hex(16),
        "back": _address_of_plans(currency),
        "said": said,
        "try_again": isinstance(refusal, ProviderAway),
    }
    status = refusal.status if refusal else 400 if said else 200
    return _may_leave(_with_wait(render(request, "billing/plans.html", shown, status=status), refusal))


def _address_of_plans(currency: str) -> str:
    address = reverse("billing:plans")
    return f"{address}?currency={currency}" if currency else address


# --- What one has


@never_cache
@login_required
@require_safe
def membership(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    own = memberships.membership_of(person)
    found = Payment.objects.visible_to(person).select_related("offer__plan").prefetch_related("refunds")
    shown = {
        "membership": own,
        "subscription": _living(own.subscription),
        "limits": _used(person, own.plan),
        "given": [grant for grant in own.grants if grant.subscription_id is None],
        "page": Paginator(found.order_by("-pk"), PAYMENTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "invoices": mirrored.invoices_visible_to(person),
    }
    return _may_leave(_show(request, "membership", shown))


def _living(subscription: Subscription | None) -> Subscription | None:
    return subscription if subscription is not None and subscription.is_living else None


def _used(person: User, plan: Plan) -> list[dict[str, Any]]:
    """For each limit its name, its words, the most that any of the person's plans allows and, where it is counted,
    how much of it is used."""
    counted = usage.used_by(person)
    return [
        {"name": name, "words": said, "most": policies.limit(person, name), "used": counted.get(name)}
        for name, said in LIMITS
    ]


# --- One's subscription


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest) -> HttpResponse:
    """Asks first when, and says what happens then."""
    subscription = _own_subscription(request)
    form = CancelForm(request.POST if request.method == "POST" else None, subscription=subscription)
    if form.is_bound and form.is_valid():
        try:
            actions.cancel_membership(user=person_of(request), when=form.cleaned_data["when"])
        except DomainError as refusal:
            return _refuse_form(request, "billing/cancel.html", form, subscription, refusal)
        messages.success(request, _("Your membership is cancelled."))
        return redirect("billing:membership")
    return _ask(request, "billing/cancel.html", form, subscription, status=400 if form.is_bound else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """To another way of paying, or another plan: shows what each of them costs, and what happens then."""
    subscription = _own_subscription(request)
    form = ChangeForm(request.POST if request.method == "POST" else None, subscription=subscription)
    if form.is_bound and form.is_valid():
        offer: Offer = form.cleaned_data["offer"]
        try:
            actions.change_membership(user=person_of(request), offer=offer)
        except DomainError as refusal:
            return _refuse_form(request, "billing/change.html", form, subscription, refusal)
        messages.success(request, _("Your membership is changed."))
        return redirect("billing:membership")
    return _ask(request, "billing/change.html", form, subscription, status=400 if form.is_bound else 200)


@login_required
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    try:
        actions.resume_membership(user=person_of(request))
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    else:
        messages.success(request, _("Your membership goes on."))
    return redirect("billing:membership")


@login_required
@require_POST
def portal(request: HttpRequest) -> HttpResponse:
    """To the provider's page for the card and what was paid with it."""
    try:
        return redirect(_from_here(actions.open_portal(user=person_of(request), language=get_language() or "")))
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("billing:membership")


def _own_subscription(request: HttpRequest) -> Subscription:
    """Raises NoSubscription."""
    subscription = _living(memberships.membership_of(person_of(request)).subscription)
    if subscription is None:
        raise NoSubscription
    return subscription


def _ask(
    request: HttpRequest, page: str, form: forms.Form, subscription: Subscription, status: int = 200
) -> HttpResponse:
    return render(request, page, {"form": form, "subscription": subscription}, status=status)


def _refuse_form(
    request: HttpRequest, page: str, form: forms.Form, subscription: Subscription, refusal: DomainError
) -> HttpResponse:
    for sentence in _sentences(refusal):
        form.add_error(None, sentence)
    return _with_wait(_ask(request, page, form, subscription, status=refusal.status), refusal)


# --- How a payment went


@never_cache
@login_required
@require_safe
def payment(request: HttpRequest, ref: str) -> HttpResponse:
    """Where a provider leads back to. Asks what became of the payment; as long as that is open, the page asks again."""
    looks = _looks(request)
    found = own_payment(person_of(request), ref)
    away = False
    if found.look_at is not None and looks % ASKS_EVERY == 0:  # also one that failed: another card may have paid it
        try:
            actions.settle_payment(payment=found)
        except (gateway.ProviderDown, NotFound):  # it does not answer, or this Plaza has given it up
            away = True
        found = own_payment(person_of(request), ref)
    shown = {
        "payment": found,
        "waits": _waits(found),
        "payable": _is_payable(found),
        "away": away,
        "next_look": looks + 1,
        "seconds": LOOK_SECONDS if looks < PATIENT_AFTER else PATIENT_LOOK_SECONDS,
        "refunds": found.refunds.order_by("pk"),
    }
    return _show(request, "payment", shown)


def _show(request: HttpRequest, page: str, shown: dict[str, Any]) -> HttpResponse:
    """To an open page that has heard of a change its part alone; what waits to be said is left to the next page."""
    is_part = "HX-Request" in request.headers
    return render(request, f"billing/{'_' if is_part else ''}{page}.html", shown)


def _looks(request: HttpRequest) -> int:
    raw = request.GET.get("look", "0")
    return min(int(raw), MOST_LOOKS) if raw.isascii() and raw.isdigit() and len(raw) < 6 else 0


def _waits(payment: Payment) -> bool:
    """Something is still to happen by itself: it is not settled, or what it was for has not been given yet."""
    if payment.state in Payment.OPEN:
        return True
    fulfilment: Fulfilment | None = getattr(payment, "fulfilment", None)
    return fulfilment is not None and fulfilment.due_at is not None and not payment.flag


def _is_payable(payment: Payment) -> bool:
    """At its provider, also after a card that failed."""
    is_open = payment.kind == Payment.Kind.CHECKOUT and payment.state in (Payment.State.PENDING, Payment.State.FAILED)
    return (
        is_open and bool(payment.checkout_url) and payment.expires_at is not None and payment.expires_at > clock.now()
    )


def _from_here(address: str) -> str:
    """A page of our own by its path: who has come by another name of this host stays there, signed in."""
    return address.removeprefix(settings.PUBLIC_URL) if address.startswith(f"{settings.PUBLIC_URL}/") else address


def _may_leave(response: HttpResponse) -> HttpResponse:
    """Its forms lead to a provider's pages; browsers ask the policy of the page about that."""
    vars(response)["_csp_update"] = {"form-action": gateway.page_origins()}  # django-csp reads it
    return response


# --- Refusals


def _sentences(refusal: DomainError) -> list[str]:
    if not refusal.fields:
        return [str(refusal.detail)]
    return [str(said) for said in refusal.fields.values()]


def _with_wait(response: HttpResponse, refusal: DomainError | None) -> HttpResponse:
    if refusal is not None and refusal.retry_after is not None:
        response["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
    return response
