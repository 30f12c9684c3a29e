"""The plans that Plaza begins with. From then on their rows count, and the staff may change what they allow."""

from typing import Any

MB, GB = 1024**2, 1024**3
UNLIMITED = None

# code, name, rank; rooms in 12 hours, characters in a month, AI messages in a month, bytes of a file; features
_DEFAULTS: list[tuple[Any, ...]] = [
    ("free", "Free", 0, 1, 2, 50, 25 * MB, []),
    ("level1", "Level1", 1, 3, UNLIMITED, 1000, 100 * MB, ["translation"]),
    ("level2", "Level2", 2, 10, UNLIMITED, 5000, 250 * MB, ["translation", "hd_video"]),
    ("premium", "Premium", 3, UNLIMITED, UNLIMITED, UNLIMITED, GB, ["translation", "hd_video", "custom_emoji"]),
    ("plaza_premium", "Plaza Premium", 4, UNLIMITED, UNLIMITED, UNLIMITED, GB,
     ["translation", "hd_video", "custom_emoji"]),
]  # fmt: skip
_COLUMNS = (
    *("code", "name", "rank", "rooms_per_12h", "characters_per_month", "ai_messages_per_month", "file_bytes"),
    "features",
)


def make_missing(plan_model: Any) -> None:
    """`plan_model` is billing.Plan, or what a migration has of it. Plans that are there stay as they are."""
    known = set(plan_model.objects.values_list("code", flat=True))
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _DEFAULTS]
    plan_model.objects.bulk_create(
        plan_model(is_free=row["code"] == "free", **row) for row in rows if row["code"] not in known
    )


# code, plan, interval, days that it lasts, free days at first; what it costs in each currency
_OFFERS: list[tuple[Any, ...]] = [
    ("level1", "level1", "once", 365, 0, {"EGP": 100_000}),
    ("level2", "level2", "once", 365, 0, {"EGP": 150_000}),
    ("premium", "premium", "once", 365, 0, {"EGP": 300_000}),
    ("plaza_premium_monthly", "plaza_premium", "month", None, 30, {"EGP": 15_000, "INR": 9_900, "USD": 499}),
    ("plaza_premium_yearly", "plaza_premium", "year", None, 0, {"EGP": 150_000, "INR": 99_900, "USD": 4_990}),
    ("plaza_premium_lifetime", "plaza_premium", "lifetime", None, 0, {"EGP": 450_000, "INR": 299_900, "USD": 14_900}),
]


def make_missing_offers(plan_model: Any, offer_model: Any, price_model: Any) -> None:
    """Of those that have never been there; the staff takes one off sale, and nobody deletes it."""
    known = set(offer_model.objects.values_list("code", flat=True))
    plans = {plan.code: plan for plan in plan_model.objects.all()}
    for position, (code, plan, interval, days, trial_days, prices) in enumerate(_OFFERS, start=1):
        if code in known:
            continue
        offer = offer_model.objects.create(
            code=code, plan=plans[plan], interval=interval, days=days, trial_days=trial_days, position=position
        )
        price_model.objects.bulk_create(
            price_model(offer=offer, currency=currency, amount=amount) for currency, amount in prices.items()
        )
