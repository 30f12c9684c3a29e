"""What the pages and the API of billing share."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import Offer, Payment
from core.errors import Invalid, NotFound

KEY_LENGTH = 200


def offers_on_sale() -> list[Offer]:
    """With their plans and prices: two queries."""
    return list(Offer.objects.on_sale().select_related("plan").prefetch_related("prices"))


def offer_named(code: str) -> Offer:
    """Raises Invalid that names `plan`."""
    offer = Offer.objects.on_sale().filter(code=code).select_related("plan").prefetch_related("prices").first()
    if offer is None:
        raise Invalid(fields={"plan": _("There is no such plan on sale.")})
    return offer


def usual_currency(offer: Offer) -> str:
    """MEMBERSHIP_CURRENCY if it has a price in it, else the first that it has."""
    currencies = sorted(price.currency for price in offer.prices.all())
    return settings.MEMBERSHIP_CURRENCY if settings.MEMBERSHIP_CURRENCY in currencies else (currencies or [""])[0]


def own_payment(user: User, ref: str) -> Payment:
    """Raises NotFound."""
    rows = Payment.objects.visible_to(user).select_related("offer__plan", "fulfilment")
    payment = rows.filter(ref=ref).first()
    if payment is None:
        raise NotFound
    payment.user = user  # need not be asked for a second time
    return payment


def payment_for_staff(ref: str) -> Payment:
    """Anybody's. Raises NotFound."""
    payment = Payment.objects.filter(ref=ref).first()
    if payment is None:
        raise NotFound
    return payment


def idempotency_key(headers: Mapping[str, str]) -> str:
    """Raises Invalid that names `Idempotency-Key`."""
    key = headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH or not key.isprintable():
        raise Invalid(fields={"Idempotency-Key": _("Up to 200 printable characters.")})
    return key
