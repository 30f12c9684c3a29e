"""From the wish to pay to the provider's page."""

import hashlib
import json
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from billing import gateway, metrics, policies
from billing.errors import AlreadyForGood, AlreadySubscribed, IdempotencyConflict, ProviderAway, ProviderRefuses
from billing.models import Grant, Offer, Payment, Price, Subscription
from core.errors import Invalid, NotFound
from core.locks import take_turn
from core.mails import public_link

MEMBERSHIP = "membership"  # the purpose
FIRST_LOOK = timedelta(seconds=30)  # a checkout whose webhook is lost is found by asking


def open_checkout(*, user: User, offer: Offer, currency: str, provider: str, key: str = "") -> Payment:
    """A payment with the address where it is paid. The same `key` again is the same payment.

    Raises NotFound (no such provider), Invalid that names `plan` or `currency`, AlreadySubscribed, AlreadyForGood,
    IdempotencyConflict; ProviderAway, after which the same key goes on with the same payment; ProviderRefuses.
    """
    module = gateway.named(provider)
    payment = _ask(user, offer, currency, module.CODE, key)
    if payment.checkout_url or payment.state != Payment.State.PENDING:
        return payment
    return _open(payment, module)


@transaction.atomic
def _ask(user: User, offer: Offer, currency: str, provider: str, key: str) -> Payment:
    take_turn("checkout", str(user.pk))
    asked = hashlib.sha256(json.dumps([offer.code, currency, provider]).encode()).hexdigest()
    if key and (known := Payment.objects.filter(user=user, key=key).select_related("offer__plan", "user").first()):
        if known.body_hash != asked:
            raise IdempotencyConflict
        return known
    price = _price(offer, currency)
    _refuse_what_one_has(user, offer)
    trial_days = offer.trial_days if policies.may_have_trial(user) else 0
    metrics.ORDERS_CREATED.labels(provider).inc()
    return Payment.objects.create(
        user=user,
        purpose=MEMBERSHIP,
        offer=offer,
        trial_days=trial_days,
        days=offer.days if offer.interval == "once" else None,
        provider=provider,
        amount=0 if trial_days else price.amount,
        currency=price.currency,
        key=key,
        body_hash=asked,
        expires_at=timezone.now() + timedelta(seconds=settings.CHECKOUT_LIFETIME),
    )


def _price(offer: Offer, currency: str) -> Price:
    if not offer.is_on_sale:
        raise Invalid(fields={"plan": _("This is not on sale any more.")})
    price = Price.objects.filter(offer=offer, currency=currency).first()
    if price is None:
        raise Invalid(fields={"currency": _("This has no price in that currency.")})
    return price


def _refuse_what_one_has(user: User, offer: Offer) -> None:
    if offer.renews and Subscription.objects.living().filter(user=user).exists():
        raise AlreadySubscribed
    for_good = Grant.objects.filter(user=user, ends_at=None, plan__rank__gte=offer.plan.rank)
    if for_good.exclude(source=Grant.Source.SUBSCRIPTION).exists():
        raise AlreadyForGood


def _open(payment: Payment, module: gateway.Provider) -> Payment:
    try:
        opened = module.open_checkout(_order(payment))
    except gateway.ProviderDown as down:
        raise ProviderAway(retry_after=5) from down
    except gateway.ProviderRefused as refused:
        Payment.objects.filter(pk=payment.pk, state=Payment.State.PENDING).update(
            state=Payment.State.FAILED, failure=refused.code[:40]
        )
        raise ProviderRefuses from refused
    look_at = timezone.now() + FIRST_LOOK
    Payment.objects.filter(pk=payment.pk, provider_ref="").update(
        provider_ref=opened.ref, checkout_url=opened.url, expires_at=opened.expires_at, look_at=look_at
    )
    payment.refresh_from_db()
    _close_others(payment, module)
    return payment


def _close_others(payment: Payment, module: gateway.Provider) -> None:
    """Who has begun several subscriptions means the last one: the others cannot be paid any more."""
    if payment.offer is None or not payment.offer.renews:
        return
    older = Payment.objects.open().filter(
        user=payment.user, purpose=MEMBERSHIP, provider=module.CODE, pk__lt=payment.pk
    )
    for one in older.exclude(provider_ref="").filter(offer__interval__in=("month", "year")):
        try:
            module.close_checkout(one.provider_ref)
        except (gateway.ProviderDown, gateway.ProviderRefused):  # it expires by itself; two that are paid are flagged
            return


def _order(payment: Payment) -> gateway.Order:
    offer, user = payment.offer, payment.user
    if offer is None or user is None:  # erased in this very moment
        raise NotFound
    price = Price.objects.get(offer=offer, currency=payment.currency)
    back = public_link(reverse("billing:payment", args=[payment.ref]))
    return gateway.Order(
        ref=payment.ref,
        title=_("Plaza: %(plan)s") % {"plan": offer.plan.name},
        amount=price.amount if payment.trial_days else payment.amount,
        currency=payment.currency,
        offer=offer.code,
        interval=offer.interval if offer.renews else "",
        trial_days=payment.trial_days,
        customer=str(user.pk),
        email=user.email,
        language=translation.get_language() or "",
        return_url=back,
        cancel_url=public_link(reverse("billing:plans")),
        asked_at=payment.created_at,
    )
