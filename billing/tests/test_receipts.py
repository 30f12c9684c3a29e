"""The provider's receipt of what was paid: linked from one's payments, and shown by the sandbox."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import ADDRESS, bearer, sign_in
from billing import actions
from billing.models import Payment
from billing.sandbox import clock
from billing.tests.money import LEVEL1, MONTHLY, buy, tell_all

pytestmark = pytest.mark.django_db
DAY = 86400


def page(payment: Payment) -> str:
    return Client().get(payment.receipt_url.removeprefix("http://127.0.0.1:8000")).content.decode()


def test_what_was_paid_once_has_one_that_says_for_what_and_what_went_back(alice: User, stan: User, settings) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    payment = buy(alice, LEVEL1)

    assert "Plaza: Level1" in page(payment)
    assert "Paid back" not in page(payment)
    refund = actions.ask_refund(payment=payment, amount=40_000, reason="", by=stan, address=ADDRESS)
    actions.send_refund(refund_id=refund.pk)
    assert "Paid back" in page(payment)
    assert "EGP\u00a0400.00" in page(payment)


def test_free_days_have_none_and_each_renewal_has_its_own(alice: User) -> None:
    assert buy(alice, MONTHLY).receipt_url == ""
    for _ in range(2):
        clock.advance(seconds=31 * DAY)
        tell_all()

    renewals = Payment.objects.filter(kind="renewal", state="paid")
    assert len({payment.receipt_url for payment in renewals}) == 2
    assert "" not in {payment.receipt_url for payment in renewals}


def test_it_is_linked_where_payments_are_shown(alice: User) -> None:
    payment = buy(alice, LEVEL1)
    client = Client()
    client.force_login(alice)

    for path in ("/membership/", f"/payments/{payment.ref}/"):
        assert f'href="{payment.receipt_url}"' in client.get(path).content.decode()
    shown = client.get(f"/api/v1/payments/{payment.ref}", headers=bearer(sign_in().access)).json()
    assert shown["receipt_url"] == payment.receipt_url


@pytest.mark.parametrize("ref", ["ch_" + "0" * 24, "ch_", "cs_" + "0" * 24, "x"])
def test_there_is_no_other(db: None, ref: str) -> None:
    assert Client().get(f"/sandbox/receipts/{ref}").status_code == 404
