"""For config/tests/every_page_data.py: the sandbox's pages in each of their states."""

from datetime import timedelta

from billing import clock
from billing.models import SandboxCheckout, SandboxSubscription, SandboxWebhook
from billing.sandbox import books, subscriptions
from billing.sandbox.clock import run_due
from billing.tests.merchant import (
    GOOD,
    MONTHLY,
    ONCE,
    ORDER,
    SECURE,
    STRANGE,
    TRIAL,
    YEARLY,
    bought,
    capability,
    open_one,
)


def fill() -> dict[str, object]:
    """Facts for addresses. They are of a merchant that is not Plaza, which is told nothing of them."""
    others = list(SandboxWebhook.objects.values_list("pk", flat=True))
    facts = _checkouts() | _portals()
    SandboxWebhook.objects.exclude(pk__in=others).delete()
    return facts


def _checkouts() -> dict[str, object]:
    orders = {"open": ORDER, "declined": TRIAL, "secure": MONTHLY, "paid": MONTHLY, "closed": ORDER}
    refs = {name: open_one(order, ref=f"page-{name}", language="") for name, order in orders.items()}
    for name, card in (("declined", STRANGE), ("secure", SECURE), ("paid", GOOD)):
        books.pay(ref=refs[name], number=card)
    books.close(ref=refs["closed"])
    ours = SandboxCheckout.objects.payable().filter(ref__in=refs.values())
    ours.update(expires_at=clock.now() + timedelta(days=1))  # longer than the slowest run
    receipt = books.find_checkout(refs["paid"]).charge
    assert receipt is not None
    return {**{f"sandbox_{name}": ref for name, ref in refs.items()}, "sandbox_receipt": receipt.ref}


def _portals() -> dict[str, object]:
    lives = {"living": (MONTHLY, GOOD), "past_due": (TRIAL, ONCE), "ended": (YEARLY, GOOD)}
    refs = {name: bought(order, card, ref=f"page-{name}").subscription for name, (order, card) in lives.items()}
    due = SandboxSubscription.objects.filter(ref__in=[refs["living"], refs["past_due"]])
    due.update(due_at=clock.now())
    run_due()
    subscriptions.cancel(ref=refs["ended"], at_period_end=False)
    ways = {f"sandbox_portal_{name}": capability(ref, age=-86400) for name, ref in refs.items()}
    return {**ways, "sandbox_portal_too_old": capability(refs["living"], age=86400)}
