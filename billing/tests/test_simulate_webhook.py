"""`manage.py simulate_webhook`: signed events over HTTP, copies, forged and stale ones; and `check_payments`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from billing.models import Fulfilment, InboundEvent, Offer, Payment
from billing.tests.money import buy, checkout, process_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(live_server, settings, alice: User) -> Payment:
    settings.SANDBOX_WEBHOOK_URL = f"{live_server.url}/webhooks/sandbox/"
    return checkout(alice)


def simulate(payment: Payment, *options: str, status: str = "success") -> list[str]:
    said = StringIO()
    call_command("simulate_webhook", "sandbox", "--payment", payment.ref, "--status", status, *options, stdout=said)
    return said.getvalue().split()[1::2]


def test_copies_of_one_event_are_one_payment(payment: Payment) -> None:
    assert simulate(payment, "--copies", "3") == ["200"] * 3

    assert InboundEvent.objects.get().copies == 3
    process_all()
    payment.refresh_from_db()
    assert (payment.state, Fulfilment.objects.count()) == ("paid", 1)


def test_a_failure_is_told_as_such(payment: Payment) -> None:
    simulate(payment, status="failure")
    process_all()

    payment.refresh_from_db()
    assert (payment.state, payment.failure) == ("failed", "card_declined")


@pytest.mark.parametrize("option", ["--tamper", "--stale"])
def test_forged_and_stale_ones_are_refused(payment: Payment, option: str) -> None:
    assert simulate(payment, option) == ["400"]
    assert not InboundEvent.objects.exists()


def test_what_is_not_there_is_said(payment: Payment) -> None:
    for provider, ref, said in (
        ("paytm", payment.ref, "no provider paytm"),
        ("sandbox", "nothing", "no such payment"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("simulate_webhook", provider, "--payment", ref, "--status", "success")


def test_where_nobody_listens_is_said(payment: Payment, settings) -> None:
    settings.SANDBOX_WEBHOOK_URL = "http://127.0.0.1:9/webhooks/sandbox/"

    with pytest.raises(CommandError, match="Does Plaza run"):
        simulate(payment)


def check() -> tuple[str, bool]:
    """What it says, and whether it ended well."""
    said = StringIO()
    try:
        call_command("check_payments", stdout=said)
    except CommandError:
        return said.getvalue(), False
    return said.getvalue(), True


def test_all_that_is_right_is_said_too(live_server, settings, alice: User) -> None:
    settings.PORT = int(live_server.url.rpartition(":")[2])
    buy(alice)

    said, is_well = check()

    assert is_well, said
    assert "ok    sandbox: webhooks at" in said
    assert "WRONG" not in said


def test_what_is_wrong_has_a_hint(live_server, settings, alice: User) -> None:
    settings.PORT = int(live_server.url.rpartition(":")[2])
    Payment.objects.filter(pk=buy(alice).pk).update(flag=Payment.Flag.AMOUNT)
    Offer.objects.update(is_on_sale=False)

    said, is_well = check()

    assert not is_well
    assert "WRONG flagged payments: 1: look at them in the admin" in said
    assert "WRONG offers on sale: none: put one on sale in the admin" in said


def test_without_a_provider_and_a_server_it_says_what_to_do(db: None, settings) -> None:
    settings.PLAZA_SANDBOX, settings.PORT = False, 9

    said, is_well = check()

    assert not is_well
    assert "PLAZA_SANDBOX=1" in said
    assert "start Plaza, then check again" in said
