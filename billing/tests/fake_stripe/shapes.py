"""Stripe's objects of people, of what is sold, and of pages: whole, in the shape of the API's present version.

`billing/tests/test_fake_stripe_shapes.py` holds each of them against the examples that Stripe publishes. What these
never have is null here, as Stripe sends it.
"""

import secrets
import string
from typing import Any

Object = dict[str, Any]
API_VERSION = "2026-08-26.dahlia"
LETTERS = string.ascii_letters + string.digits
ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"


def nothing(names: str) -> Object:
    return dict.fromkeys(names.split())


def listed(data: list[Any], url: str, has_more: bool = False) -> Object:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def account(ref: str, now: int) -> Object:
    return {
        "id": ref,
        "object": "account",
        "business_profile": nothing(
            "annual_revenue estimated_worker_count mcc minority_owned_business_designation name product_description"
            " support_address support_email support_phone support_url url"
        ),
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": now,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "shop@plaza.example",
        "external_accounts": listed([], f"/v1/accounts/{ref}/external_accounts"),
        "future_requirements": _requirements(),
        "metadata": {},
        "payouts_enabled": True,
        "requirements": _requirements(),
        "settings": {"branding": nothing("icon logo primary_color secondary_color")},
        "tos_acceptance": nothing("date ip user_agent"),
        "type": "standard",
    }


def _requirements() -> Object:
    names = "alternatives currently_due errors eventually_due past_due pending_verification"
    return {
        **{name: [] for name in names.split()},
        "current_deadline": None,
        "disabled_reason": None,
    }


def customer(now: int, asked: Object) -> Object:
    return {
        "id": new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": asked.get("description"),
        "discount": None,
        "email": asked.get("email"),
        "invoice_prefix": new_id("x", 8)[2:].upper(),
        "invoice_settings": nothing("custom_fields default_payment_method footer rendering_options"),
        "livemode": False,
        "metadata": asked.get("metadata", {}),
        "name": asked.get("name"),
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def product(now: int, asked: Object) -> Object:
    return {
        "id": new_id("prod", 14),
        "object": "product",
        "active": True,
        "created": now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": asked.get("metadata", {}),
        "name": asked["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": now,
        "url": None,
    }


def price(now: int, asked: Object, product_ref: str) -> Object:
    amount = int(asked["unit_amount"])
    recurring = asked.get("recurring")
    return {
        "id": new_id("price"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": asked["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": asked.get("lookup_key"),
        "metadata": asked.get("metadata", {}),
        "nickname": None,
        "product": product_ref,
        "recurring": recurring
        and {
            "interval": recurring["interval"],
            "interval_count": int(recurring.get("interval_count", 1)),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def session(now: int, asked: Object, amount: int, url: str) -> Object:
    """A Checkout Session that is open."""
    ref = new_id("cs_test", 58)
    is_subscription = asked["mode"] == "subscription"
    return {
        **nothing(
            "after_expiration allow_promotion_codes billing_address_collection client_secret consent"
            " consent_collection currency_conversion customer_account customer_email discounts"
            " integration_identifier invoice origin_context payment_intent payment_link permissions recovered_from"
            " setup_intent shipping_address_collection shipping_cost submit_type subscription wallet_options"
        ),
        "id": ref,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": asked.get("adaptive_pricing", {}).get("enabled") == "true"},
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "collected_information": nothing("business_name individual_name shipping_details"),
        "created": now,
        "currency": asked["currency"],
        "custom_fields": [],
        "custom_text": nothing("after_submit shipping_address submit terms_of_service_acceptance"),
        "customer": asked.get("customer"),
        "customer_creation": None,
        "customer_details": None,
        "expires_at": int(asked.get("expires_at", now + 86400)),
        "invoice_creation": None if is_subscription else _no_invoice(),
        "livemode": False,
        "locale": asked.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": asked.get("metadata", {}),
        "mode": asked["mode"],
        "payment_method_collection": asked.get("payment_method_collection", "always") if is_subscription else None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "saved_payment_method_options": nothing("allow_redisplay_filters payment_method_remove payment_method_save"),
        "shipping_options": [],
        "status": "open",
        "success_url": asked.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{url}/c/pay/{ref}",
    }


def _no_invoice() -> Object:
    data = {**nothing("account_tax_ids custom_fields description footer issuer rendering_options"), "metadata": {}}
    return {"enabled": False, "invoice_data": data}


def portal_configuration(now: int) -> Object:
    return {
        "id": new_id("bpc"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": nothing("headline privacy_policy_url terms_of_service_url"),
        "created": now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "options": []},
                "enabled": True,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_update": {
                "billing_cycle_anchor": None,
                "default_allowed_updates": [],
                "enabled": False,
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": True,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": now,
    }


def portal_session(now: int, asked: Object, configuration: str, url: str) -> Object:
    return {
        "id": new_id("bps"),
        "object": "billing_portal.session",
        "configuration": configuration,
        "created": now,
        "customer": asked["customer"],
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": asked.get("locale"),
        "on_behalf_of": None,
        "return_url": asked.get("return_url"),
        "url": f"{url}/p/session/{new_id('test')}",
    }


def webhook_endpoint(now: int, url: str, events: list[str]) -> Object:
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": now,
        "description": None,
        "enabled_events": events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }


def event(now: int, kind: str, about: Object, request: str | None, key: str | None) -> Object:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": request, "idempotency_key": key},
        "type": kind,
    }
