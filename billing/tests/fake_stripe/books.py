"""What the fake Stripe knows, its clock, and what happens with money: charges, checkouts, refunds."""

import copy
import threading
import time
from collections.abc import Callable
from typing import Any

from billing.tests.fake_stripe import shapes, shapes_money
from billing.tests.fake_stripe.shapes import Object
from billing.tests.fake_stripe.wire import ApiError, missing

# Stripe's own test cards: https://docs.stripe.com/testing
GOOD, DECLINED, NO_FUNDS, FAILS_LATER = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000000000000341",
)
FAILURES = {DECLINED: "generic_decline", NO_FUNDS: "insufficient_funds", FAILS_LATER: "generic_decline"}


class Declined(Exception):
    """The page says so, and stays."""


class Books:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.things: dict[str, Object] = {}
        self.numbers: dict[str, str] = {}  # of payment methods
        self.wishes: dict[str, Object] = {}  # with which a checkout was opened
        self.offset = 0
        self.refunds_are = "succeeded"  # or "pending", for banks that take days
        self.listener: Callable[[Object], None] = lambda _event: None
        self.request: tuple[str | None, str | None] = (None, None)  # its id and key, while one is answered
        self.account = self.put(shapes.account(shapes.new_id("acct", 16), self.now()))

    def now(self) -> int:
        return int(time.time()) + self.offset

    def put(self, thing: Object) -> Object:
        self.things[thing["id"]] = thing
        return thing

    def get(self, ref: str, kind: str, param: str = "id") -> Object:
        found = self.things.get(ref)
        if found is None or found["object"] != kind:
            raise missing(kind, ref, param)
        return found

    def all(self, kind: str, **like: Any) -> list[Object]:
        """The newest first."""
        found = [one for one in self.things.values() if one["object"] == kind]
        return [one for one in reversed(found) if all(one.get(name) == value for name, value in like.items())]

    def tell(self, kind: str, about: Object) -> None:
        """An event with the thing as it is now; it may be another by the time it arrives."""
        event = shapes.event(self.now(), kind, copy.deepcopy(about), *self.request)
        self.listener(self.put(event))

    # --- Charging ---------------------------------------------------------------------------------------------------
    def new_card(self, number: str, customer: str) -> Object:
        method = self.put(shapes_money.payment_method(self.now(), number, customer))
        self.numbers[method["id"]] = number
        self.tell("payment_method.attached", method)
        return method

    def would_fail(self, method_ref: str | None) -> bool:
        return method_ref is None or self.numbers[method_ref] in FAILURES

    def collect(self, intent: Object, method_ref: str) -> bool:
        method = self.get(method_ref, "payment_method")
        declined = FAILURES.get(self.numbers[method_ref])
        failure = ("card_declined", declined) if declined else None
        charge = self.put(shapes_money.charge(self.now(), intent, method, failure))
        intent["latest_charge"] = charge["id"]
        if declined:
            error = shapes_money.last_payment_error("card_declined", declined, copy.deepcopy(method))
            intent.update(status="requires_payment_method", last_payment_error=error)
            self.tell("charge.failed", charge)
            self.tell("payment_intent.payment_failed", intent)
            return False
        moved = shapes_money.balance_transaction(
            self.now(), "charge", charge["amount"], charge["currency"], charge["id"]
        )
        charge["balance_transaction"] = self.put(moved)["id"]
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            payment_method=method_ref,
            last_payment_error=None,
        )
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        return True

    # --- Checkouts paid once ----------------------------------------------------------------------------------------
    def pay_once(self, session: Object, number: str, *, takes_days: bool) -> None:
        asked = self.wishes[session["id"]].get("payment_intent_data", {})
        if session["payment_intent"] is None:
            intent = shapes_money.payment_intent(
                self.now(), session["amount_total"], session["currency"], session["customer"], asked
            )
            session["payment_intent"] = self.put(intent)["id"]
        intent = self.get(session["payment_intent"], "payment_intent")
        method = self.new_card(number, session["customer"])
        if takes_days:
            intent.update(status="processing", payment_method=method["id"])
            self.complete(session, "unpaid")
        elif self.collect(intent, method["id"]):
            self.complete(session, "paid")
        else:
            raise Declined

    def arrive(self, session: Object, *, success: bool) -> None:
        """What took days is here, or is not."""
        intent = self.get(session["payment_intent"], "payment_intent")
        if not success:
            self.numbers[intent["payment_method"]] = DECLINED
        paid = self.collect(intent, intent["payment_method"])
        session["payment_status"] = "paid" if paid else "unpaid"
        self.tell(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)

    def complete(self, session: Object, payment_status: str) -> None:
        customer = self.get(session["customer"], "customer")
        session.update(
            status="complete",
            payment_status=payment_status,
            url=None,
            customer_details={
                **dict.fromkeys(("business_name", "individual_name", "name", "phone")),
                "address": shapes.ADDRESS,
                "email": customer["email"],
                "tax_exempt": "none",
                "tax_ids": [],
            },
        )
        self.tell("checkout.session.completed", session)

    def expire(self, session: Object) -> None:
        session.update(status="expired", url=None)
        self.tell("checkout.session.expired", session)

    # --- Refunds ----------------------------------------------------------------------------------------------------
    def refund(self, intent: Object, amount: int | None, metadata: Object) -> Object:
        charge = self.get(intent["latest_charge"] or "", "charge", "payment_intent")
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = left if amount is None else amount
        if not left:
            raise ApiError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if not 1 <= amount <= left:
            raise ApiError(400, "Refund amount is greater than unrefunded amount on charge", param="amount")
        made = self.put(shapes_money.refund(self.now(), amount, intent, charge, metadata))
        made["status"] = self.refunds_are
        moved = shapes_money.balance_transaction(self.now(), "refund", -amount, charge["currency"], made["id"])
        made["balance_transaction"] = self.put(moved)["id"]
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        charge["refunds"]["data"].insert(0, made)
        self.tell("charge.refunded", charge)
        self.tell("refund.created", made)
        self.tell("refund.updated", made)
        return made

    def end_refund(self, made: Object, status: str) -> None:
        """What took days has gone, or the bank will not have it: `succeeded` or `failed`."""
        made["status"] = status
        if status == "failed":
            charge = self.get(made["charge"], "charge")
            charge["amount_refunded"] -= made["amount"]
            charge["refunded"] = False
        self.tell("refund.updated", made)
        if status == "failed":
            self.tell("refund.failed", made)
