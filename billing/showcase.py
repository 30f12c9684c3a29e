"""What the page of plans shows: every plan, how it can be had, and what of it this person has."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Prefetch

from accounts.models import User
from billing import memberships, policies
from billing.memberships import Membership
from billing.models import Grant, Offer, Plan, Price


@dataclass(frozen=True)
class ShownOffer:
    """price       in the currency that the page shows; None if it has none
    elsewhere   the other currencies in which it is to be had
    trial_days  free for this person at first
    """

    offer: Offer
    price: Price | None
    elsewhere: list[str]
    trial_days: int


@dataclass(frozen=True)
class ShownPlan:
    """own         this person has it now
    for_good    they have it, or a better one, for good: there is nothing to pay
    subscribed  their subscription goes on; another one is refused, and it can be changed
    """

    plan: Plan
    own: bool
    for_good: bool
    subscribed: bool
    offers: list[ShownOffer] = field(default_factory=list)

    @property
    def to_buy(self) -> list[ShownOffer]:
        if self.for_good:
            return []
        return [shown for shown in self.offers if shown.price and not (self.subscribed and shown.offer.renews)]

    @property
    def elsewhere(self) -> list[str]:
        """Where nothing of it has a price in this currency."""
        if any(shown.price for shown in self.offers):
            return []
        return sorted({currency for shown in self.offers for currency in shown.elsewhere})


def currencies() -> list[str]:
    """In which anything is to be had; the instance's own first."""
    found = set(Price.objects.filter(offer__in=Offer.objects.on_sale()).values_list("currency", flat=True))
    return sorted(found, key=lambda code: (code != settings.MEMBERSHIP_CURRENCY, code))


def plans(user: User | None, currency: str) -> list[ShownPlan]:
    """All of them, the least first. Six queries, three for a visitor."""
    offers = Offer.objects.on_sale().prefetch_related("prices")
    rows = Plan.objects.order_by("rank").prefetch_related(Prefetch("offers", offers, to_attr="on_sale"))
    membership = memberships.membership_of(user) if user else None
    may_try = user is None or policies.may_have_trial(user)
    return [_shown(plan, membership, currency, may_try=may_try) for plan in rows]


def _shown(plan: Plan, membership: Membership | None, currency: str, *, may_try: bool) -> ShownPlan:
    offers: list[Offer] = plan.on_sale  # type: ignore[attr-defined]  # what the prefetch calls them
    subscription = membership.subscription if membership else None
    return ShownPlan(
        plan=plan,
        own=membership is not None and membership.plan == plan,
        for_good=membership is not None and any(_holds_for_good(grant, plan) for grant in membership.grants),
        subscribed=subscription is not None and subscription.is_living,
        offers=[_shown_offer(offer, currency, may_try=may_try) for offer in offers],
    )


def _holds_for_good(grant: Grant, plan: Plan) -> bool:
    return grant.ends_at is None and grant.source != Grant.Source.SUBSCRIPTION and grant.plan.rank >= plan.rank


def _shown_offer(offer: Offer, currency: str, *, may_try: bool) -> ShownOffer:
    prices = {price.currency: price for price in offer.prices.all()}
    return ShownOffer(
        offer=offer,
        price=prices.get(currency),
        elsewhere=sorted(set(prices) - {currency}),
        trial_days=offer.trial_days if may_try else 0,
    )
