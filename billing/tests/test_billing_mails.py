"""Mails about a membership: what they say, in whose language and time, and that who is gone gets none."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from billing import mails
from billing.models import Grant, Payment, Refund, Subscription
from billing.tests.factories import in_days
from billing.tests.money import FAILS_LATER, LEVEL1, LIFETIME, MONTHLY, YEARLY, buy, subscription_of
from core.models import Mail
from core.tests.test_languages import latin_words

pytestmark = pytest.mark.django_db
END = datetime(2031, 5, 4, 22, 30, tzinfo=UTC)  # on the fifth in Cairo


@pytest.fixture(autouse=True)
def sandbox(settings) -> None:
    settings.PLAZA_SANDBOX = True


def newest(name: str) -> Mail:
    """Amounts with the space that people see."""
    mail = Mail.objects.filter(name=f"billing/{name}").latest("pk")
    mail.text, mail.html = (said.replace("\xa0", " ") for said in (mail.text, mail.html))
    return mail


def refund_of(payment: Payment, effect: str) -> Refund:
    return Refund.objects.create(payment=payment, amount=25_000, effect=effect, state="done", due_at=None)


def subscription_until(user: User, code: str = MONTHLY, **fields) -> Subscription:
    buy(user, code)
    Subscription.objects.update(period_end=END, **fields)
    Mail.objects.all().delete()
    return subscription_of(user)


def test_a_welcome_says_what_was_paid_once_and_until_when(alice):
    payment = buy(alice, LEVEL1)

    mail = newest("welcome")
    until = Grant.objects.get(payment=payment).ends_at
    assert (mail.to, mail.subject) == (alice.email, "Level1 is yours")
    assert f"You have paid EGP 1,000.00, once. It ends by itself on {until.day} {until:%B} {until.year}." in mail.text
    assert mail.link.endswith("/membership/")
    assert mail.link in mail.text
    assert mail.link in mail.html


def test_a_welcome_for_good_has_no_end(alice):
    buy(alice, LIFETIME)

    assert "You have paid EGP 4,500.00, once. It is yours for good." in newest("welcome").text


def test_a_welcome_to_free_days_says_what_they_cost_then(alice):
    buy(alice, MONTHLY)

    mail = newest("welcome")
    until = subscription_of(alice).period_end
    said = f"Until {until.day} {until:%B} {until.year} it costs nothing. Then it is EGP 150 a month, until you cancel."
    assert said in mail.text
    assert said in mail.html


def test_a_welcome_to_a_subscription_says_when_it_goes_on(alice):
    buy(alice, YEARLY)

    said = newest("welcome").text
    assert "You have paid EGP 1,500.00. It goes on by itself on " in said


def test_before_free_days_end_it_says_what_comes_and_from_which_card(alice):
    mails.send_trial_ending(subscription_until(alice))

    said = newest("trial_ending").text
    assert "ends on 4 May 2031. From then on it is EGP 150 a month." in said
    assert "your card Visa 4242" in said
    assert "cancel before that day" in said


def test_a_renewal_says_when_the_next_is(alice):
    subscription = subscription_until(alice)
    payment = subscription.payments.get()
    payment.amount = 15_000

    mails.send_renewed(payment)

    said = newest("renewed").text
    assert "Your payment of EGP 150.00 has arrived, and Plaza Premium goes on." in said
    assert "The next payment is on 4 May 2031." in said


def test_a_renewal_that_failed_says_why_until_when_and_leads_to_the_card(alice, settings):
    settings.DUNNING_GRACE = 86400
    subscription = subscription_until(alice)
    payment = subscription.payments.get()
    payment.amount, payment.failure, payment.created_at = 15_000, "insufficient_funds", END

    mails.send_failed(subscription, payment)

    mail = newest("failed")
    for said in (
        "We could not take EGP 150.00 for Plaza Premium from your card Visa 4242.",
        "There was not enough money on the card.",
        "You keep Plaza Premium until 5 May 2031.",
    ):
        assert said in mail.text
        assert said in mail.html
    assert mail.link.endswith("/membership/")


def test_a_failure_that_only_its_provider_knows_is_said_in_general(alice):
    subscription = subscription_until(alice)
    payment = subscription.payments.get()
    payment.failure = "<b>do_not_honor</b>"

    mails.send_failed(subscription, payment)

    mail = newest("failed")
    assert "Nothing was taken. Your bank can say why." in mail.text
    assert "do_not_honor" not in mail.html


@pytest.mark.parametrize(
    ("state", "said"),
    [("active", "You keep it until 4 May 2031, and nothing more is taken."), ("ended", "has ended. Nothing more is")],
)
def test_a_cancellation_says_until_when_or_that_it_ended(alice, state, said):
    mails.send_cancelled(subscription_until(alice, state=state, cancels=True))

    assert said in newest("cancelled").text


def test_an_end_leads_to_the_plans(alice):
    mails.send_ended(subscription_until(alice, state="ended"))

    mail = newest("ended")
    assert mail.subject == "Plaza Premium has ended"
    assert mail.link.endswith("/plans/")


def test_a_refund_says_how_much_of_what_and_what_became_of_it(alice):
    payment = buy(alice, LEVEL1)
    Grant.objects.update(ends_at=END)

    for effect, said in (
        ("end", "What it paid for has ended."),
        ("shorten", "What it paid for ends earlier: on 4 May 2031."),
        ("keep", ""),
    ):
        mails.send_refunded(refund_of(payment, effect))
        mail = newest("refunded")
        assert mail.subject == "You get EGP 250.00 back"
        assert "of the EGP 1,000.00 that you paid for Level1 on " in mail.text
        assert said in mail.text
        assert ("What it paid for" in mail.text) == bool(said)


def test_they_are_in_the_persons_language_and_time_zone(alice):
    User.objects.filter(pk=alice.pk).update(language="ar", time_zone="Africa/Cairo")

    mails.send_cancelled(subscription_until(alice, cancels=True))

    mail = newest("cancelled")
    assert 'dir="rtl"' in mail.html
    assert "5 مايو 2031" in mail.text.replace("٥", "5").replace("٢٠٣١", "2031")


def test_names_are_text_in_a_mail_and_nothing_else(alice):
    User.objects.filter(pk=alice.pk).update(display_name="<b>Al & Co</b>")
    subscription = subscription_until(alice)

    mails.send_ended(subscription)

    mail = newest("ended")
    assert "Hello <b>Al & Co</b>," in mail.text
    assert "<b>Al" not in mail.html


def test_who_is_gone_gets_none(alice):
    payment = buy(alice, MONTHLY, FAILS_LATER)
    subscription = subscription_of(alice)
    refund = refund_of(payment, "end")
    Mail.objects.all().delete()

    def send_all() -> None:
        for send, about in (
            (mails.send_welcome, payment),
            (mails.send_renewed, payment),
            (mails.send_trial_ending, subscription),
            (mails.send_cancelled, subscription),
            (mails.send_ended, subscription),
            (mails.send_refunded, refund),
        ):
            send(about)
        mails.send_failed(subscription, payment)

    for gone in (None, User(email=""), User(email="x@plaza.example", erased_at=in_days(-1))):
        payment.user = subscription.user = refund.payment.user = gone
        send_all()

    assert not Mail.objects.exists()


def test_each_is_arabic_for_somebody_who_reads_arabic(alice):
    User.objects.filter(pk=alice.pk).update(language="ar")
    user = User.objects.get(pk=alice.pk)
    once, free = buy(user, LEVEL1), buy(user, MONTHLY, FAILS_LATER)
    row = subscription_of(user)
    mails.send_trial_ending(row)
    mails.send_renewed(once)
    mails.send_failed(row, free)
    mails.send_cancelled(row)
    mails.send_ended(row)
    for effect in Refund.Effect.values:
        mails.send_refunded(refund_of(once, effect))

    told = Mail.objects.filter(name__startswith="billing/")
    assert told.values("name").distinct().count() == 7
    for mail in told:
        english = latin_words(f"<p>{mail.subject}</p><p>{mail.text}</p>{mail.html}") - {"Visa"}
        assert english == set(), mail.name
