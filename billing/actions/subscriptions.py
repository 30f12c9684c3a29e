"""Subscriptions: what their provider says of them becomes a grant; what their people want is asked of the provider."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from billing import clock, events, gateway, mails, policies
from billing.errors import CannotChange, NoSubscription, ProviderAway, ProviderRefuses
from billing.models import Grant, Offer, Payment, Price, Subscription
from core.errors import Invalid, NotFound
from core.mails import public_link

SLACK = timedelta(hours=1)  # a renewal that is told a little late takes nothing away meanwhile
ASK_AGAIN = timedelta(minutes=10)
TOLD_BEFORE = timedelta(days=3)  # that a trial ends
State = Subscription.State


def facts(truth: gateway.SubscriptionTruth) -> dict[str, Any]:
    """The columns that say what the provider says."""
    return {
        "state": truth.state,
        "amount": truth.amount,
        "currency": truth.currency,
        "period_start": truth.period_start,
        "period_end": truth.period_end,
        "trial_ends_at": truth.trial_ends_at,
        "cancels": truth.cancels,
        "ended_at": truth.ended_at,
        "card": truth.card[:40],
    }


def hear_subscription(*, subscription: Subscription) -> Subscription:
    """Ask the provider, and apply what it says. Raises ProviderDown.

    The ticket is drawn before the question: an answer that was long on its way, and was overtaken by that to a later
    question, is not applied.
    """
    ticket = _draw(subscription.pk)
    module, asked_at = gateway.named(subscription.provider), timezone.now()
    truth = module.fetch_subscription(subscription.provider_ref)
    row = _apply(subscription.pk, ticket, truth)
    if not gateway.keep(module, truth, asked_at=asked_at):  # it is fetched and given again
        Subscription.objects.filter(pk=row.pk).update(look_at=clock.now() + ASK_AGAIN)
    return row


@transaction.atomic
def _draw(pk: int) -> int:
    row = Subscription.objects.select_for_update().get(pk=pk)
    row.asked += 1
    row.save(update_fields=["asked"])
    return row.asked


@transaction.atomic
def _apply(pk: int, ticket: int, truth: gateway.SubscriptionTruth) -> Subscription:
    row = Subscription.objects.locked(pk)
    if row.state == State.ENDED and row.look_at is not None:  # it was asked for the mirror's sake
        row.look_at = None
        row.save(update_fields=["look_at"])
    if row.heard >= ticket or row.state == State.ENDED:
        return row
    before = _shown(row)
    for name, value in facts(truth).items():
        setattr(row, name, value)
    row.offer = Offer.objects.filter(code=truth.offer).select_related("plan").first() or row.offer
    row.heard, row.look_at = ticket, _next_look(row)
    row.save()
    _note_invoices(row, truth)
    give(row)
    _tell(row, before)
    return row


def give(row: Subscription) -> None:
    """The grant that the subscription feeds. In the transaction that has its row."""
    if row.user is None or row.payments.filter(kind=Payment.Kind.CHECKOUT).exclude(flag="").exists():
        return  # the staff looks at it first
    ends_at = _lasts_until(row)
    begins = min(row.created_at, ends_at)
    grant, made = Grant.objects.get_or_create(
        subscription=row,
        defaults={
            "user": row.user,
            "plan": row.offer.plan,
            "source": Grant.Source.SUBSCRIPTION,
            "starts_at": begins,
            "ends_at": ends_at,
        },
    )
    if not made and (grant.ends_at != ends_at or grant.plan_id != row.offer.plan_id):
        grant.plan, grant.ends_at = row.offer.plan, max(ends_at, grant.starts_at)
        grant.save(update_fields=["plan", "ends_at"])
    policies.forget_plans_of(row.user)


def _lasts_until(row: Subscription) -> datetime:
    if row.state == State.ENDED:  # whatever the provider's clock says: it is over
        return min(row.ended_at or clock.now(), clock.now())
    if row.state == State.PAST_DUE:
        failed = row.payments.filter(kind=Payment.Kind.RENEWAL, state=Payment.State.FAILED)
        unpaid = failed.order_by("-created_at").first()
        since = unpaid.created_at if unpaid else row.period_start
        return since + timedelta(seconds=settings.DUNNING_GRACE)
    return row.period_end if row.cancels else row.period_end + SLACK


def _note_invoices(row: Subscription, truth: gateway.SubscriptionTruth) -> None:
    """Each period that was to be paid is a payment. The first one may be the checkout's own."""
    known = {
        payment.provider_ref: payment
        for payment in Payment.objects.filter(
            provider=row.provider, provider_ref__in=[one.ref for one in truth.invoices]
        )
    }
    charges = set(row.payments.filter(kind=Payment.Kind.CHECKOUT).values_list("charge_ref", flat=True)) - {""}
    for invoice in truth.invoices:
        if (invoice.state == "open" and not invoice.failure) or invoice.charge in charges:
            continue
        payment = known.get(invoice.ref) or _renewal(row, invoice)
        _note(row, payment, invoice)


def _renewal(row: Subscription, invoice: gateway.InvoiceTruth) -> Payment:
    return Payment(
        user=row.user,
        kind=Payment.Kind.RENEWAL,
        purpose="membership",
        offer=row.offer,
        subscription=row,
        provider=row.provider,
        provider_ref=invoice.ref,
        amount=invoice.amount,
        currency=invoice.currency,
        created_at=invoice.at,
    )


def _note(row: Subscription, payment: Payment, invoice: gateway.InvoiceTruth) -> None:
    state = Payment.State.PAID if invoice.state == "paid" else Payment.State.FAILED
    if payment.is_settled or (payment.pk and payment.state == state):
        return
    payment.state, payment.failure = state, invoice.failure[:40]
    payment.charge_ref, payment.receipt_url = invoice.charge, invoice.receipt
    if state == Payment.State.PAID:
        payment.paid_at = clock.now()
    payment.save()
    if row.user is None:
        return
    if state == Payment.State.PAID:
        mails.send_renewed(payment)
    else:
        mails.send_failed(row, payment)
    transaction.on_commit(lambda: events.payment_changed(payment))


def _shown(row: Subscription) -> tuple[Any, ...]:
    return (row.state, row.cancels, row.period_end, row.offer_id, row.card)


def _tell(row: Subscription, before: tuple[Any, ...]) -> None:
    if _shown(row) == before:
        return
    state, cancels, *_rest = before
    if row.user is not None:
        if row.state == State.ENDED and state == State.PAST_DUE:
            mails.send_ended(row)
        elif (row.state == State.ENDED and not cancels) or (row.cancels and not cancels):
            mails.send_cancelled(row)
        elif row.state == State.ENDED:
            mails.send_ended(row)
    transaction.on_commit(lambda: events.membership_changed(row))


def _next_look(row: Subscription) -> datetime | None:
    """When something must have happened of which we should have heard by then; by the clock of memberships."""
    if not row.is_living:
        return None
    return max(clock.now() + ASK_AGAIN, row.period_end + timedelta(minutes=5))


def hear_what_is_due() -> None:
    """Subscriptions of which we should have heard something: their webhook was lost."""
    due = Subscription.objects.filter(look_at__lte=clock.now_in_query()).order_by("look_at")[:100]
    for row in due:
        try:
            if row.user_id is None and row.is_living:  # their account was deleted
                gateway.named(row.provider).cancel(row.provider_ref, at_period_end=False)
            hear_subscription(subscription=row)
        except (gateway.ProviderDown, gateway.ProviderRefused, NotFound):
            later = clock.now() + ASK_AGAIN  # it makes way for the others that wait
            Subscription.objects.filter(pk=row.pk).update(look_at=later)


def tell_of_trials_that_end() -> None:
    """Once each, three days before."""
    soon = clock.now() + TOLD_BEFORE
    due = Subscription.objects.filter(
        state=State.TRIALING, cancels=False, trial_end_told=False, trial_ends_at__lte=soon
    ).order_by("pk")[:100]
    for row in due:
        _tell_of_its_trial(row.pk)


@transaction.atomic
def _tell_of_its_trial(pk: int) -> None:
    row = Subscription.objects.locked(pk)
    if row.trial_end_told or row.state != State.TRIALING or row.user is None:
        return
    row.trial_end_told = True
    row.save(update_fields=["trial_end_told"])
    mails.send_trial_ending(row)


# --- What its person wants ------------------------------------------------------------------------------------------


def cancel_membership(*, user: User, when: str) -> Subscription:
    """`when` is now or period_end. Raises Invalid, NoSubscription, ProviderAway, ProviderRefuses."""
    if when not in ("now", "period_end"):
        raise Invalid(fields={"when": _("now, or period_end.")})
    row = living_subscription(user)
    return _ask(row, lambda module: module.cancel(row.provider_ref, at_period_end=when == "period_end"))


def resume_membership(*, user: User) -> Subscription:
    """It goes on after all. Raises NoSubscription, ProviderAway, ProviderRefuses."""
    row = living_subscription(user)
    if not row.cancels:
        raise NoSubscription
    return _ask(row, lambda module: module.resume(row.provider_ref))


def change_membership(*, user: User, offer: Offer) -> Subscription:
    """To another offer that renews, in the same currency. Raises NoSubscription, CannotChange, ProviderAway,
    ProviderRefuses."""
    row = living_subscription(user)
    price = Price.objects.filter(offer=offer, currency=row.currency).first()
    if not offer.renews or not offer.is_on_sale or price is None or offer.pk == row.offer_id:
        raise CannotChange
    order = gateway.Order(
        ref=row.provider_ref,
        title=_("Plaza: %(plan)s") % {"plan": offer.plan.name},
        amount=price.amount,
        currency=price.currency,
        offer=offer.code,
        interval=offer.interval,
        trial_days=0,
        customer=str(user.pk),
        email=user.email,
        language=translation.get_language() or "",
        return_url=public_link(reverse("billing:membership")),
        cancel_url=public_link(reverse("billing:membership")),
    )
    return _ask(row, lambda module: module.change(row.provider_ref, order))


def open_portal(*, user: User, language: str) -> str:
    """The address of the provider's pages about the subscription.

    Raises NoSubscription, ProviderAway, ProviderRefuses.
    """
    row = living_subscription(user)
    back = public_link(reverse("billing:membership"))
    try:
        return gateway.named(row.provider).open_portal(row.provider_ref, back, language)
    except gateway.ProviderDown as down:
        raise ProviderAway(retry_after=5) from down
    except gateway.ProviderRefused as refused:
        raise ProviderRefuses from refused


def living_subscription(user: User) -> Subscription:
    row = Subscription.objects.living().filter(user=user).select_related("offer__plan").order_by("-pk").first()
    if row is None:
        raise NoSubscription
    return row


def _ask(row: Subscription, what: Any) -> Subscription:
    try:
        what(gateway.named(row.provider))
        return hear_subscription(subscription=row)
    except gateway.ProviderDown as down:
        Subscription.objects.filter(pk=row.pk).update(look_at=clock.now())  # it may have been done
        raise ProviderAway(retry_after=5) from down
    except gateway.ProviderRefused as refused:
        raise ProviderRefuses from refused
