"""Asking Stripe: its SDK with our limits, and what it raises in our words. Only imported where keys are set: loading
the SDK takes a second."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe
import structlog
from django.conf import settings

from billing.gateway import BadSignature, ProviderDown, ProviderRefused

log = structlog.get_logger(__name__)

API_VERSION = "2026-08-26.dahlia"  # what the objects here are read as; the SDK of another one would send its own
CONNECT_SECONDS, READ_SECONDS = 4, 12  # two tries of two questions are over before a claim on a row is
RETRIES = 1  # by the SDK, with the same idempotency key

stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)


@contextmanager
def asked() -> Iterator[stripe.StripeClient]:
    """Raises ProviderDown and ProviderRefused for what the SDK raises."""
    try:
        yield _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_HOST)
    except (stripe.AuthenticationError, stripe.PermissionError) as not_let_in:
        # Nothing is wrong with what was asked: it is asked again when the operator has put the key right.
        log.error("stripe_key_refused", status=not_let_in.http_status, request=not_let_in.request_id)
        raise ProviderDown from not_let_in
    except stripe.IdempotencyError as other:
        raise ProviderRefused("idempotency_error") from other
    except stripe.CardError as declined:
        raise ProviderRefused(_decline_code(declined) or "card_declined") from declined
    except stripe.InvalidRequestError as refused:
        log.warning("stripe_refused", code=refused.code, param=refused.param, request=refused.request_id)
        raise Refused(refused.code or "invalid_request", refused.param or "") from refused
    except stripe.StripeError as down:
        log.warning("stripe_down", because=type(down).__name__, status=down.http_status, request=down.request_id)
        raise ProviderDown from down


class Refused(ProviderRefused):
    """`param` is which of the things that were sent Stripe does not like."""

    def __init__(self, code: str, param: str) -> None:
        self.param = param
        super().__init__(code)


def _decline_code(error: stripe.CardError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    said: dict[str, Any] = body.get("error") or {}
    return str(said.get("decline_code") or error.code or "")


@lru_cache(maxsize=4)
def _client(key: str, host: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": host},
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
        max_network_retries=RETRIES,
    )


def account(api: stripe.StripeClient) -> str:
    """The id of the account that the key is of; "" for a restricted key that may not ask."""
    return _account(api)  # asked once per key and process: the client is the same for the same key


@lru_cache(maxsize=4)
def _account(api: stripe.StripeClient) -> str:
    try:
        return str(api.v1.accounts.retrieve_current().id)
    except stripe.PermissionError:
        return ""


def plain(thing: Any) -> dict[str, Any]:
    """A StripeObject as what came over the wire."""
    told: dict[str, Any] = thing.to_dict(for_json=True)  # decimals are strings there
    return told


def check_signature(raw: bytes, signature: str) -> None:
    """Raises BadSignature: not signed by the secret of our endpoint, or longer ago than WEBHOOK_TOLERANCE."""
    try:
        stripe.WebhookSignature.verify_header(
            raw, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=settings.WEBHOOK_TOLERANCE
        )
    except (stripe.SignatureVerificationError, UnicodeError, TypeError, OverflowError) as forged:
        raise BadSignature from forged  # the last three: signs that no signature has


def sign(raw: bytes, at: int) -> str:
    """The value of `Stripe-Signature`, as Stripe sends it."""
    header: str = stripe.WebhookSignature.generate_signature_header(
        raw.decode(), settings.STRIPE_WEBHOOK_SECRET, timestamp=at
    )
    return header
