"""Stripe's objects of money: cards, charges, refunds, invoices, subscriptions."""

from typing import Any

from billing.tests.fake_stripe.shapes import ADDRESS, Object, listed, new_id, nothing


def payment_method(now: int, number: str, customer: str) -> Object:
    brand = {"3": "amex", "4": "visa", "5": "mastercard", "6": "discover"}[number[0]]
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "always",
        "billing_details": {"address": ADDRESS, **nothing("email name phone tax_id")},
        "card": {
            "brand": brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": brand,
            "exp_month": 12,
            "exp_year": 2040,
            "fingerprint": new_id("fp", 16)[3:],
            "funding": "credit",
            "generated_from": None,
            "last4": number[-4:],
            "networks": {"available": [brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def payment_intent(now: int, amount: int, currency: str, customer: str | None, asked: Object) -> Object:
    ref = new_id("pi")
    return {
        **nothing(
            "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason"
            " customer_account excluded_payment_method_types last_payment_error latest_charge next_action on_behalf_of"
            " payment_method payment_method_configuration_details processing receipt_email review setup_future_usage"
            " shipping source statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
        ),
        "id": ref,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{ref}_secret_{new_id('s')[2:]}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": customer,
        "description": asked.get("description"),
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": asked.get("metadata", {}),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def charge(now: int, intent: Object, method: Object, failure: tuple[str, str] | None) -> Object:
    """`failure`: its code and the bank's own word for it."""
    ref, card = new_id("ch"), method["card"]
    code, declined = failure or (None, None)
    return {
        **nothing(
            "application application_fee application_fee_amount failure_balance_transaction on_behalf_of"
            " receipt_email receipt_number review shipping source source_transfer statement_descriptor"
            " statement_descriptor_suffix transfer_data transfer_group"
        ),
        "id": ref,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0 if failure else intent["amount"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": ADDRESS, **nothing("email name phone tax_id")},
        "calculated_statement_descriptor": "PLAZA",
        "captured": not failure,
        "created": now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": code,
        "failure_message": "Your card was declined." if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network" if failure else "approved_by_network",
            "reason": declined,
            "seller_message": "The bank did not return any further details." if failure else "Payment complete.",
            "type": "issuer_declined" if failure else "authorized",
        },
        "paid": not failure,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card_of_charge(intent["amount"], card), "type": "card"},
        "receipt_url": None if failure else f"https://pay.stripe.com/receipts/{ref}",
        "refunded": False,
        "refunds": listed([], f"/v1/charges/{ref}/refunds"),
        "status": "failed" if failure else "succeeded",
    }


def _card_of_charge(amount: int, card: Object) -> Object:
    names = "brand country exp_month exp_year fingerprint funding last4 regulated_status"
    return {
        **{name: card[name] for name in names.split()},
        **nothing(
            "authorization_code installments mandate network_transaction_id three_d_secure transaction_link_id wallet"
        ),
        "amount_authorized": amount,
        "checks": dict(card["checks"]),
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
    }


def balance_transaction(now: int, kind: str, amount: int, currency: str, source: str) -> Object:
    """`amount` is negative for what goes back."""
    fee = amount * 29 // 1000 + 30 if amount > 0 else 0
    details = [{"amount": fee, "application": None, "currency": currency, "description": "Fees", "type": "stripe_fee"}]
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 86400,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }


def refund(now: int, amount: int, intent: Object, charged: Object, metadata: Object) -> Object:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charged["id"],
        "created": now,
        "currency": charged["currency"],
        "customer": charged["customer"],
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": intent["id"],
        "payment_method": charged["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def subscription(now: int, customer: str, price: Object, metadata: Object, end: int, trial_end: int | None) -> Object:
    ref = new_id("sub")
    return {
        **nothing(
            "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at"
            " customer_account days_until_due default_payment_method default_source description ended_at"
            " latest_invoice next_pending_invoice_item_invoice on_behalf_of pause_collection"
            " pending_invoice_item_interval pending_setup_intent pending_update schedule test_clock transfer_data"
        ),
        "id": ref,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": trial_end or now,
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": nothing("comment feedback reason"),
        "collection_method": "charge_automatically",
        "created": now,
        "currency": price["currency"],
        "customer": customer,
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {
            **nothing("account_tax_ids custom_fields description footer"),
            "issuer": {"type": "self"},
        },
        "items": listed([subscription_item(now, ref, price, end)], f"/v1/subscription_items?subscription={ref}"),
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": metadata,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "start_date": now,
        "status": "trialing" if trial_end else "active",
        "trial_end": trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": now if trial_end else None,
    }


def subscription_item(now: int, subscription_ref: str, price: Object, end: int) -> Object:
    return {
        "id": new_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": now,
        "current_period_end": end,
        "current_period_start": now,
        "discounts": [],
        "metadata": {},
        "plan": plan(price),
        "price": price,
        "quantity": 1,
        "subscription": subscription_ref,
        "tax_rates": [],
    }


def plan(price: Object) -> Object:
    """What prices were before there were prices; items still carry it."""
    return {
        **{name: price[name] for name in ("active", "billing_scheme", "created", "currency", "id", "livemode")},
        **{name: price[name] for name in ("metadata", "product")},
        **nothing("meter nickname tiers_mode transform_usage trial_period_days"),
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": 1,
        "usage_type": "licensed",
    }


def invoice(now: int, about: Object, lines: list[tuple[int, str]], reason: str, period: tuple[int, int]) -> Object:
    """Of a subscription; each line an amount and its words. A draft until it is finalised."""
    ref, total = new_id("in"), sum(amount for amount, _words in lines)
    item = about["items"]["data"][0]
    parts = [line_item(ref, about, item, amount, words, period) for amount, words in lines]
    return {
        **nothing(
            "account_tax_ids application automatically_finalizes_at custom_fields customer_account customer_email"
            " customer_name customer_phone customer_shipping default_payment_method default_source description"
            " due_date ending_balance footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error"
            " latest_revision next_payment_attempt number on_behalf_of receipt_number rendering shipping_cost"
            " shipping_details statement_descriptor test_clock webhooks_delivered_at effective_at"
        ),
        "id": ref,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Plaza",
        **_amounts(total),
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"enabled": False, **nothing("disabled_reason liability provider status")},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": about["currency"],
        "customer": about["customer"],
        "customer_address": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": listed(parts, f"/v1/invoices/{ref}/lines"),
        "livemode": False,
        "metadata": {},
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": dict(about["metadata"]), "subscription": about["id"]},
            "type": "subscription_details",
        },
        "payment_settings": nothing("default_mandate payment_method_options payment_method_types"),
        "period_end": now,
        "period_start": now,
        "status": "draft",
        "status_transitions": nothing("finalized_at marked_uncollectible_at paid_at voided_at"),
    }


def _amounts(total: int) -> Object:
    due = max(total, 0)
    return {
        "amount_due": due,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": due,
        "amount_shipping": 0,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def line_item(ref: str, about: Object, item: Object, amount: int, words: str, period: tuple[int, int]) -> Object:
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": about["currency"],
        "description": words,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": ref,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": amount < 0,
                "proration_details": {"credited_items": None},
                "subscription": about["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": item["price"]["id"], "product": item["price"]["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(amount),
        },
        "quantity": 1,
        "quantity_decimal": "1",
        "subscription": about["id"],
        "subtotal": amount,
        "taxes": [],
    }


def invoice_payment(now: int, about: Object, intent: str) -> Object:
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": about["amount_due"],
        "created": now,
        "currency": about["currency"],
        "invoice": about["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def last_payment_error(code: str, declined: str, method: Object) -> dict[str, Any]:
    return {
        "code": code,
        "decline_code": declined,
        "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
        "message": "Your card was declined.",
        "payment_method": method,
        "type": "card_error",
    }
