"""The API's addresses that Plaza uses, with the parameters that each of them knows: others are refused, as there."""

import re
from collections.abc import Callable
from typing import Any

from billing.tests.fake_stripe import shapes
from billing.tests.fake_stripe.books import Books
from billing.tests.fake_stripe.cycle import Cycle
from billing.tests.fake_stripe.shapes import Object, listed
from billing.tests.fake_stripe.wire import ApiError, missing, need, page, refuse_unknown

LIST = "limit starting_after ending_before created"
CHECKOUT = (
    "mode client_reference_id customer customer_email line_items metadata success_url cancel_url locale"
    " adaptive_pricing payment_intent_data subscription_data payment_method_collection expires_at allow_promotion_codes"
)
SUBSCRIPTION = (
    "cancel_at cancel_at_period_end items metadata proration_behavior payment_behavior default_payment_method"
)
PRICE = (
    "currency unit_amount lookup_key transfer_lookup_key metadata product product_data recurring active nickname"
    " tax_behavior"
)
CURRENCIES = frozenset(["egp", "eur", "gbp", "inr", "isk", "jpy", "kwd", "sar", "usd"])
Route = Callable[..., Any]


class Api:
    """`answer` is what is asked over HTTP, without HTTP."""

    def __init__(self, books: Books, cycle: Cycle, address: Callable[[], str]) -> None:
        self.books, self.cycle, self._address = books, cycle, address
        self.configurations = [books.put(shapes.portal_configuration(books.now()))]
        self.endpoints: list[Object] = []
        self._routes = [
            (method, re.compile(path.replace("*", "([^/]+)")), route) for method, path, route in self._table()
        ]

    def _table(self) -> list[tuple[str, str, Route]]:
        return [
            ("GET", "account", lambda _asked: self.books.account),
            ("POST", "customers", self._new_customer),
            ("GET", "customers/*", self._one("customer")),
            ("POST", "products", self._new_product),
            ("GET", "prices", self._prices),
            ("POST", "prices", self._new_price),
            ("POST", "checkout/sessions", self._new_session),
            ("GET", "checkout/sessions/*", self._one("checkout.session")),
            ("POST", "checkout/sessions/*/expire", self._expire),
            ("GET", "subscriptions/*", self._one("subscription")),
            ("POST", "subscriptions/*", self._update_subscription),
            ("DELETE", "subscriptions/*", self._end_subscription),
            ("GET", "invoices", self._invoices),
            ("GET", "invoices/*", self._one("invoice")),
            ("GET", "payment_intents/*", self._one("payment_intent")),
            ("GET", "charges/*", self._one("charge")),
            ("GET", "balance_transactions/*", self._one("balance_transaction")),
            ("GET", "payment_methods/*", self._one("payment_method")),
            ("GET", "refunds", self._refunds),
            ("POST", "refunds", self._new_refund),
            ("GET", "refunds/*", self._one("refund")),
            ("GET", "events", lambda asked: page(self.books.all("event"), asked, "/v1/events")),
            ("GET", "events/*", self._one("event")),
            ("POST", "billing_portal/sessions", self._new_portal),
            ("GET", "billing_portal/configurations", self._configurations),
            ("GET", "webhook_endpoints", lambda asked: page(self.endpoints, asked, "/v1/webhook_endpoints")),
        ]

    def answer(self, method: str, path: str, asked: Object) -> Object:
        for known, pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if known == method and found:
                answer: Object = route(asked, *found.groups())
                return answer
        raise ApiError(404, f"Unrecognized request URL ({method}: /v1/{path}).")

    def look_up(self, thing: Object, name: str) -> Any:
        """What an expanded field holds."""
        if thing["object"] == "invoice" and name == "payments":
            return listed(self.books.all("invoice_payment", invoice=thing["id"]), "/v1/invoice_payments")
        ref = thing.get(name)
        if ref not in self.books.things:
            raise ApiError(400, f"This property cannot be expanded ({name}).", param="expand")
        return self.books.things[ref]

    def _one(self, kind: str) -> Route:
        return lambda _asked, ref: self.books.get(ref, kind)

    # --- What is sold, and to whom ----------------------------------------------------------------------------------
    def _new_customer(self, asked: Object) -> Object:
        refuse_unknown(asked, "email name description metadata phone preferred_locales")
        made = self.books.put(shapes.customer(self.books.now(), asked))
        self.books.tell("customer.created", made)
        return made

    def _new_product(self, asked: Object) -> Object:
        need(asked, "name")
        return self.books.put(shapes.product(self.books.now(), asked))

    def _prices(self, asked: Object) -> Object:
        refuse_unknown(asked, f"{LIST} active currency lookup_keys product recurring type")
        found = self.books.all("price")
        if "lookup_keys" in asked:
            found = [one for one in found if one["lookup_key"] in asked["lookup_keys"]]
        return page(found, asked, "/v1/prices")

    def _new_price(self, asked: Object) -> Object:
        refuse_unknown(asked, PRICE)
        need(asked, "currency")
        self._check_amount(int(asked["unit_amount"]), asked["currency"])
        known = self.books.all("price", lookup_key=asked.get("lookup_key")) if "lookup_key" in asked else []
        if known and asked.get("transfer_lookup_key") != "true":
            said = f"A price (`{known[0]['id']}`) already uses that lookup key."
            raise ApiError(400, said, param="lookup_key")
        for one in known:
            one["lookup_key"] = None
        product = asked.get("product") or self._new_product(asked["product_data"])["id"]
        self.books.get(product, "product", "product")
        return self.books.put(shapes.price(self.books.now(), asked, product))

    def _check_amount(self, amount: int, currency: str) -> None:
        if currency not in CURRENCIES:
            raise ApiError(400, f"Invalid currency: {currency}.", param="currency")
        if currency == "kwd" and amount % 10:
            raise ApiError(400, "Invalid amount: the last digit must be 0.", param="unit_amount")
        if currency == "isk" and amount % 100:
            raise ApiError(400, "Invalid amount.", code="invalid_charge_amount_no_decimal_compatible")

    # --- Checkout ---------------------------------------------------------------------------------------------------
    def _new_session(self, asked: Object) -> Object:
        books, now = self.books, self.books.now()
        refuse_unknown(asked, CHECKOUT)
        need(asked, "line_items", "mode", "success_url")
        books.get(asked.get("customer", ""), "customer", "customer")
        price = books.get(asked["line_items"][0]["price"], "price", "line_items[0][price]")
        if (price["type"] == "recurring") != (asked["mode"] == "subscription"):
            raise ApiError(400, "You specified `payment` mode but passed a recurring price.", param="line_items")
        if not price["active"]:
            raise ApiError(400, "The price specified is inactive.", param="line_items[0][price]")
        until = int(asked.get("expires_at", now + 86400))
        if not now + 1800 <= until <= now + 86400:
            said = "The `expires_at` timestamp must be at least 30 minutes, and less than 24 hours, away."
            raise ApiError(400, said, param="expires_at")
        wish = {**asked, "currency": price["currency"]}
        made = books.put(shapes.session(now, wish, price["unit_amount"], self._address()))
        books.wishes[made["id"]] = asked
        return made

    def _expire(self, _asked: Object, ref: str) -> Object:
        session = self.books.get(ref, "checkout.session")
        if session["status"] != "open":
            said = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
            raise ApiError(400, said)
        self.books.expire(session)
        return session

    # --- Subscriptions ----------------------------------------------------------------------------------------------
    def _update_subscription(self, asked: Object, ref: str) -> Object:
        books, about = self.books, self.books.get(ref, "subscription")
        refuse_unknown(asked, SUBSCRIPTION)
        if about["status"] == "canceled":
            raise ApiError(400, "A canceled subscription can only update its cancellation_details and metadata.")
        if "cancel_at" in asked and "cancel_at_period_end" in asked:
            raise ApiError(400, "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
        if "items" in asked:
            wish = asked["items"][0]
            if wish.get("id") != about["items"]["data"][0]["id"]:
                raise missing("subscription item", str(wish.get("id")), "items[0][id]")
            price = books.get(wish["price"], "price", "items[0][price]")
            self.cycle.change_price(about, price, asked.get("proration_behavior", "create_prorations"))
        about["metadata"].update(asked.get("metadata", {}))
        if "cancel_at_period_end" in asked:
            self._cancel_later(about, asked["cancel_at_period_end"] == "true")
        if asked.get("cancel_at") == "":
            about.update(cancel_at=None, canceled_at=None)
        books.tell("customer.subscription.updated", about)
        return about

    def _cancel_later(self, about: Object, wished: bool) -> None:
        end = about["items"]["data"][0]["current_period_end"]
        about.update(
            cancel_at_period_end=wished,
            cancel_at=end if wished else None,
            canceled_at=self.books.now() if wished else None,
        )

    def _end_subscription(self, asked: Object, ref: str) -> Object:
        refuse_unknown(asked, "cancellation_details invoice_now prorate")
        about = self.books.get(ref, "subscription")
        if about["status"] == "canceled":
            raise missing("subscription", ref)
        self.cycle.end(about, "cancellation_requested")
        return about

    def _invoices(self, asked: Object) -> Object:
        refuse_unknown(asked, f"{LIST} customer status subscription collection_method")
        found = self.books.all("invoice")
        if "subscription" in asked:
            which = asked["subscription"]
            found = [one for one in found if one["parent"]["subscription_details"]["subscription"] == which]
        return page(found, asked, "/v1/invoices")

    # --- Refunds and the portal -------------------------------------------------------------------------------------
    def _new_refund(self, asked: Object) -> Object:
        refuse_unknown(asked, "amount charge payment_intent metadata reason")
        intent = self.books.get(self._intent_of(asked), "payment_intent", "payment_intent")
        amount = int(asked["amount"]) if "amount" in asked else None
        return self.books.refund(intent, amount, asked.get("metadata", {}))

    def _refunds(self, asked: Object) -> Object:
        refuse_unknown(asked, f"{LIST} charge payment_intent")
        found = self.books.all("refund", payment_intent=self._intent_of(asked))
        return page(found, asked, "/v1/refunds")

    def _intent_of(self, asked: Object) -> str:
        if "charge" in asked:
            return str(self.books.get(asked["charge"], "charge", "charge")["payment_intent"])
        need(asked, "payment_intent")
        return str(asked["payment_intent"])

    def _new_portal(self, asked: Object) -> Object:
        refuse_unknown(asked, "customer return_url locale configuration flow_data")
        need(asked, "customer")
        self.books.get(asked["customer"], "customer", "customer")
        if not self.configurations:
            said = "You can't create a portal session in test mode until you save your customer portal settings."
            raise ApiError(400, said)
        made = shapes.portal_session(self.books.now(), asked, self.configurations[0]["id"], self._address())
        return self.books.put(made)

    def _configurations(self, asked: Object) -> Object:
        refuse_unknown(asked, f"{LIST} active is_default")
        return page(self.configurations, asked, "/v1/billing_portal/configurations")
