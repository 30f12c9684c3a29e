"""Payments: the currency that memberships are offered in first, providers' keys, the sandbox that stands for one."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.place import DEMO, PLAZA_DATA
from core.environment import currency, flag, kept_secret, like, read, url, whole_number

MEMBERSHIP_CURRENCY = read(
    "MEMBERSHIP_CURRENCY", "EGP", "Prices of memberships are shown in this currency first.", cast=currency
)
_sandbox_wished = read(
    "PLAZA_SANDBOX",
    None,
    "1: payments go to a sandbox that takes no money. For trying things out only.",
    cast=flag,
    shown_default="1 in demo mode",
)
PLAZA_SANDBOX = DEMO if _sandbox_wished is None else _sandbox_wished
SANDBOX_WEBHOOK_SECRET = read(
    "SANDBOX_WEBHOOK_SECRET", "", "Signs what the sandbox sends to /webhooks/sandbox/.", shown_default="made if needed"
) or (kept_secret(PLAZA_DATA / "sandbox_secret") if PLAZA_SANDBOX else "")
SANDBOX_WEBHOOK_URL = read(
    "SANDBOX_WEBHOOK_URL",
    "",
    "Where the sandbox sends its events, as http://web:8000/webhooks/sandbox/: for a worker on another machine.",
    cast=url("http", "https"),
    shown_default="this instance",
)
CHECKOUT_LIFETIME = read(
    "CHECKOUT_LIFETIME", 1800, "Seconds in which a checkout can be paid.", cast=whole_number(60, 86400)
)
WEBHOOK_TOLERANCE = read(
    "WEBHOOK_TOLERANCE", 300, "Seconds that a provider's signature counts.", cast=whole_number(1, 86400)
)
DUNNING_GRACE = read(
    "DUNNING_GRACE",
    14 * 86400,
    "Seconds that a membership lives on after its period while the card is tried again.",
    cast=whole_number(0, 90 * 86400),
)
STRIPE_SECRET_KEY = read(
    "STRIPE_SECRET_KEY",
    "",
    "Stripe's secret key, or a restricted one. With it people pay with Stripe, and there is no sandbox.",
    cast=like(r"(sk|rk)_(test|live)_[A-Za-z0-9]{24,}", "sk_test_, sk_live_, rk_test_ or rk_live_ and 24 signs or more"),
)
STRIPE_PUBLISHABLE_KEY = read(
    "STRIPE_PUBLISHABLE_KEY",
    "",
    "Stripe's publishable key, of the same mode as the secret one.",
    cast=like(r"pk_(test|live)_[A-Za-z0-9]{24,}", "pk_test_ or pk_live_ and 24 signs or more"),
)
STRIPE_WEBHOOK_SECRET = read(
    "STRIPE_WEBHOOK_SECRET",
    "",
    "Signs what Stripe sends to /webhooks/stripe/. Stripe's dashboard shows it, `stripe listen` prints it.",
    cast=like(r"whsec_[!-~]+", "whsec_ and what follows it"),
)
STRIPE_API_HOST = read(
    "STRIPE_API_HOST", "https://api.stripe.com", "Where Stripe's API is. For tests.", cast=url("http", "https")
).rstrip("/")
if STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY.split("_")[1:2] != STRIPE_PUBLISHABLE_KEY.split("_")[1:2]:
    raise ImproperlyConfigured(
        "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are not of one mode. Take both from test, or both from live."
    )
SANDBOX_WISHED_IN_VAIN = bool(_sandbox_wished and STRIPE_SECRET_KEY)
if STRIPE_SECRET_KEY:
    PLAZA_SANDBOX = False  # nobody shall take the one for the other; its clock stands still with it
