"""People who have just paid at the sandbox, of which nobody has told Plaza yet: `people.py COUNT` prints them as JSON.

Run with the settings of the Plaza that is measured. Rows are written as `open_checkout` and the sandbox would, many at
a time and without the events that the sandbox would send by itself: those are sent by the benchmark.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the setup
from django.contrib import auth  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from billing.models import Offer, Payment, SandboxCharge, SandboxCheckout  # noqa: E402

OFFER, AMOUNT, CURRENCY, CARD = "level1", 100_000, "EGP", "4242424242424242"


@transaction.atomic
def main(count: int) -> None:
    users = User.objects.bulk_create(_person(number) for number in range(count))
    offer = Offer.objects.get(code=OFFER)
    until = timezone.now() + timedelta(hours=1)
    payments = [_payment(user, offer, until) for user in users]
    charges = SandboxCharge.objects.bulk_create(
        SandboxCharge(amount=AMOUNT, currency=CURRENCY, card_number=CARD, created_at=timezone.now()) for _ in users
    )
    checkouts = SandboxCheckout.objects.bulk_create(
        _checkout(payment, charge, until) for payment, charge in zip(payments, charges, strict=True)
    )
    for payment, checkout in zip(payments, checkouts, strict=True):
        payment.provider_ref = checkout.ref
    Payment.objects.bulk_create(payments)
    print(json.dumps([_facts(user, payment) for user, payment in zip(users, payments, strict=True)]))


def _person(number: int) -> User:
    user = User(username=f"payer{number}", email=f"payer{number}@plaza.example")
    user.set_unusable_password()
    return user


def _payment(user: User, offer: Offer, until: object) -> Payment:
    """`look_at` stays empty: neither page nor schedule shall find out before the event is here."""
    return Payment(
        user=user,
        purpose="membership",
        offer=offer,
        days=offer.days,
        provider="sandbox",
        amount=AMOUNT,
        currency=CURRENCY,
        expires_at=until,
    )


def _checkout(payment: Payment, charge: SandboxCharge, until: object) -> SandboxCheckout:
    return SandboxCheckout(
        merchant_ref=payment.ref,
        title="Plaza: Level1",
        amount=AMOUNT,
        currency=CURRENCY,
        offer=OFFER,
        interval="",
        trial_days=0,
        customer=str(payment.user_id),
        email="",
        language="en",
        return_url=settings.PUBLIC_URL,
        cancel_url=settings.PUBLIC_URL,
        state="paid",
        card_number=CARD,
        charge=charge,
        created_at=timezone.now(),
        expires_at=until,
    )


def _facts(user: User, payment: Payment) -> dict[str, str]:
    session = SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    return {"cookie": cookie, "payment": payment.ref, "checkout": payment.provider_ref}


main(int(sys.argv[1]))
