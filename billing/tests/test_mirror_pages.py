"""Where the mirror is read: one's invoices on the membership page, and the pages of the staff."""

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import AuditEntry
from billing.gateway import mirrored, stripe_mirror
from billing.models import Payment, Subscription
from billing.tests import stripe_money
from billing.tests import stripe_objects as stripe
from billing.tests.money import LEVEL1, MONTHLY, buy, checkout, offer, pay_at_provider
from billing.tests.test_admin import act, browser_of, said

pytestmark = pytest.mark.django_db
KINDS = ("customer", "subscription", "invoice", "charge")


@pytest.fixture(autouse=True)
def sandbox(settings) -> None:
    settings.PLAZA_SANDBOX = True


def subscribed(user, ref="sub_1") -> Subscription:
    """With Stripe, as settling leaves it."""
    now = timezone.now()
    known = {"amount": 9900, "currency": "EGP", "period_start": now, "period_end": now, "state": "active"}
    return Subscription.objects.create(user=user, offer=offer(MONTHLY), provider="stripe", provider_ref=ref, **known)


def paid(subscription: Subscription, charge: str = "ch_1") -> Payment:
    known = {"amount": 9900, "currency": "EGP", "kind": "renewal", "state": "paid", "paid_at": timezone.now()}
    return Payment.objects.create(
        user=subscription.user,
        offer=subscription.offer,
        subscription=subscription,
        provider="stripe",
        provider_ref="in_1",
        charge_ref=charge,
        **known,
    )


def invoice_pk() -> int:
    return int(apps.get_model("djstripe", "Invoice").objects.get().pk)


def page_of(user) -> str:
    return browser_of(user).get("/membership/").content.decode()


# --- The member's page


def test_ones_invoices_are_listed_with_where_they_open(alice):
    subscribed(alice)
    stripe_mirror.keep(stripe.a_life())
    page = page_of(alice)
    for shown in ("PLZ-0001", stripe.invoice()["hosted_invoice_url"], stripe.invoice()["invoice_pdf"], "99.00"):
        assert shown in page


def test_somebody_elses_are_not(alice, bob):
    subscribed(alice)
    stripe_mirror.keep(stripe.a_life())
    assert "PLZ-0001" not in page_of(bob)
    assert mirrored.invoices_visible_to(bob) == []


def test_with_the_sandbox_alone_the_page_is_as_it_was(alice):
    buy(alice, MONTHLY)
    assert 'id="invoices-title"' not in page_of(alice)


def test_a_draft_is_shown_to_nobody_and_an_address_elsewhere_is_no_link(alice):
    subscribed(alice)
    elsewhere = ["https://stripe.com.evil.example/i", "javascript:alert(1)", "http://invoice.stripe.com/i", None, 7]
    told = [stripe.invoice(id=f"in_{n}", hosted_invoice_url=where, payments=None) for n, where in enumerate(elsewhere)]
    stripe_mirror.keep([*told, stripe.invoice(id="in_9", status="draft", number="DRAFT-1", payments=None)])
    assert len(mirrored.invoices_visible_to(alice)) == len(elsewhere)
    page = page_of(alice)
    assert "DRAFT-1" not in page
    assert "evil.example" not in page
    assert "javascript:" not in page


@pytest.mark.parametrize(
    "strange", [{"total": None, "created": None, "currency": None, "number": None}, {"status": "new"}]
)
def test_strange_shapes_are_shown_as_far_as_they_go(alice, strange):
    subscribed(alice)
    stripe_mirror.keep([stripe.invoice(payments=None)])
    invoice = apps.get_model("djstripe", "Invoice").objects.get()
    invoice.stripe_data.update(strange)
    invoice.save()
    assert 'id="invoices-title"' in page_of(alice)


def test_a_long_list_is_one_question(alice, django_assert_num_queries):
    subscribed(alice)
    stripe_mirror.keep([stripe.invoice(id=f"in_{n}", payments=None) for n in range(40)])
    with django_assert_num_queries(1):
        assert len(mirrored.invoices_visible_to(alice)) == 24


def test_what_settling_fetches_from_stripe_is_what_is_shown(alice, request):
    """A trial, a renewal and a plan paid once, with the Stripe that serves tests."""
    served = request.getfixturevalue("stripe")
    stripe_money.buy(served, alice, MONTHLY)
    stripe_money.pass_days(served, 31)
    stripe_money.buy(served, alice, LEVEL1)
    shown = mirrored.invoices_visible_to(alice)
    assert [(one.amount, one.currency, one.state) for one in shown] == [(15_000, "EGP", "paid"), (0, "EGP", "paid")]
    assert all(one.page for one in shown)
    rows = mirrored.of_subscription(Subscription.objects.get(user=alice))
    assert [row._meta.model_name for row in rows] == ["subscription", "customer", "invoice", "invoice"]
    assert all(row.stripe_data for row in rows)
    for payment in Payment.objects.filter(user=alice, amount__gt=0):
        assert mirrored.of_payment(payment), payment.kind


# --- The staff's pages


@pytest.mark.parametrize("who", ["dana", "stan"])
def test_the_staff_looks_at_the_rows_and_changes_nothing(request, who):
    stripe_mirror.keep(stripe.a_life())
    client = browser_of(request.getfixturevalue(who))
    for kind in KINDS:
        row = apps.get_model("djstripe", kind).objects.get()
        path = f"/admin/djstripe/{kind}/"
        assert row.id in client.get(path).content.decode()
        assert row.id in client.get(f"{path}{row.pk}/change/").content.decode()
        for page in ("add/", f"{row.pk}/delete/", f"{row.pk}/change/"):
            assert client.post(f"{path}{page}", {"post": "yes"}).status_code == 403
    assert "9,900" not in client.get(f"/admin/djstripe/invoice/{invoice_pk()}/change/").content.decode(), "of 99.00"
    assert client.get("/admin/djstripe/customer/?q=cus_1").context["cl"].result_count == 1


def test_nobody_else_finds_them(alice):
    client = browser_of(alice)
    for kind in KINDS:
        assert client.get(f"/admin/djstripe/{kind}/").status_code == 404


def test_djstripes_own_doors_are_closed(dana):
    client = browser_of(dana)
    for path in ("/admin/djstripe/webhookendpoint/", "/admin/djstripe/apikey/", "/stripe/webhook/", "/djstripe/"):
        assert client.get(path).status_code == 404


def test_the_lists_are_constant_queries(dana, django_assert_max_num_queries):
    stripe_mirror.keep([stripe.charge(id=f"ch_{n}", payment_intent=None) for n in range(12)])
    stripe_mirror.keep([stripe.invoice(id=f"in_{n}", payments=None) for n in range(12)])
    client = browser_of(dana)
    for kind in KINDS:
        with django_assert_max_num_queries(10):
            assert client.get(f"/admin/djstripe/{kind}/").status_code == 200


def test_a_payment_and_a_subscription_lead_to_their_rows(dana, alice):
    subscription = subscribed(alice)
    payment = paid(subscription)
    stripe_mirror.keep(stripe.a_life())
    client = browser_of(dana)
    page = client.get(f"/admin/billing/subscription/{subscription.pk}/change/").content.decode()
    for kind in ("customer", "subscription", "invoice"):
        row = apps.get_model("djstripe", kind).objects.get()
        assert f"/admin/djstripe/{kind}/{row.pk}/change/" in page
    charge = apps.get_model("djstripe", "Charge").objects.get()
    address = f"/admin/djstripe/charge/{charge.pk}/change/"
    assert address in client.get(f"/admin/billing/payment/{payment.pk}/change/").content.decode()
    Payment.objects.filter(pk=payment.pk).update(charge_ref="pi_1")
    page = client.get(f"/admin/billing/payment/{payment.pk}/change/").content.decode()
    assert address in page
    assert f"/admin/djstripe/invoice/{invoice_pk()}/change/" in page


def test_the_staff_asks_the_provider_again(stan, alice):
    payment = checkout(alice, LEVEL1)
    pay_at_provider(payment)
    client = browser_of(stan)
    act(client, "/admin/billing/payment/", "ask_again", payment)
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert AuditEntry.objects.get(action="provider_asked").actor == stan
    buy(alice, MONTHLY)
    subscription = Subscription.objects.get(user=alice)
    heard = subscription.heard
    act(client, "/admin/billing/subscription/", "ask_again", subscription)
    subscription.refresh_from_db()
    assert subscription.heard == heard + 1


def test_a_provider_that_is_gone_is_a_sentence(stan, alice, settings):
    payment = checkout(alice, LEVEL1)
    settings.PLAZA_SANDBOX = False
    page = act(browser_of(stan), "/admin/billing/payment/", "ask_again", payment)
    assert page.status_code == 200
    assert said(page)
    payment.refresh_from_db()
    assert payment.state == "pending"
