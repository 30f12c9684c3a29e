"""Subscriptions as time goes by: free days end, renewals are tried, cards fail and are tried again, what was cancelled
ends. https://docs.stripe.com/billing/subscriptions/overview
"""

from calendar import monthrange
from datetime import UTC, datetime

from billing.tests.fake_stripe import shapes_money
from billing.tests.fake_stripe.books import Books, Declined
from billing.tests.fake_stripe.shapes import Object, new_id
from billing.tests.fake_stripe.wire import ApiError

DAY = 86400
TRIES_AGAIN = (3 * DAY, 5 * DAY, 7 * DAY)  # after the first try; then it is cancelled
MONTHS = {"month": 1, "year": 12}


def later(start: int, anchor: int, interval: str) -> int:
    """The end of the period that begins at `start`: on the day of the anchor, or the last one of a shorter month."""
    begun, wished = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(anchor, UTC)
    month = begun.month - 1 + MONTHS[interval]
    year, month = begun.year + month // 12, month % 12 + 1
    day = min(wished.day, monthrange(year, month)[1])
    return int(wished.replace(year=year, month=month, day=day).timestamp())


class Cycle:
    def __init__(self, books: Books) -> None:
        self.books = books

    # --- How it begins ----------------------------------------------------------------------------------------------
    def begin(self, session: Object, number: str) -> None:
        books, now = self.books, self.books.now()
        wish = books.wishes[session["id"]]
        asked = wish.get("subscription_data", {})
        price = books.get(wish["line_items"][0]["price"], "price")
        days = int(asked.get("trial_period_days", 0))
        trial_end = now + days * DAY if days else None
        end = trial_end or later(now, now, price["recurring"]["interval"])
        method = books.new_card(number, session["customer"])
        if not trial_end and books.would_fail(method["id"]):
            raise Declined
        made = shapes_money.subscription(now, session["customer"], price, asked.get("metadata", {}), end, trial_end)
        made["default_payment_method"] = method["id"]
        if "trial_settings" in asked:
            made["trial_settings"] = asked["trial_settings"]
        books.put(made)
        books.put(made["items"]["data"][0])
        amount = 0 if trial_end else price["unit_amount"]
        invoice = self.write(made, [(amount, "First")], "subscription_create", (now, end))
        self.pay(made, invoice)
        session.update(subscription=made["id"], invoice=invoice["id"])
        session.update(amount_total=amount, amount_subtotal=amount)
        books.tell("customer.subscription.created", made)
        books.complete(session, "no_payment_required" if trial_end else "paid")

    # --- Invoices ---------------------------------------------------------------------------------------------------
    def write(self, about: Object, lines: list[tuple[int, str]], reason: str, period: tuple[int, int]) -> Object:
        """Written and finalised. What is in credit pays for it first."""
        books = self.books
        invoice = books.put(shapes_money.invoice(books.now(), about, lines, reason, period))
        customer = books.get(about["customer"], "customer")
        credit = min(-customer["balance"], invoice["amount_due"]) if customer["balance"] < 0 else 0
        if invoice["total"] < 0:
            credit = invoice["total"]
        invoice["starting_balance"], invoice["ending_balance"] = customer["balance"], customer["balance"] + credit
        customer["balance"] += credit
        invoice["amount_due"] = invoice["amount_remaining"] = max(invoice["total"] - max(credit, 0), 0)
        books.tell("invoice.created", invoice)
        invoice.update(status="open", number=new_id("x", 8)[2:].upper() + "-0001", effective_at=books.now())
        invoice["status_transitions"]["finalized_at"] = books.now()
        invoice["hosted_invoice_url"] = f"https://invoice.stripe.com/i/{invoice['id']}"
        about["latest_invoice"] = invoice["id"]
        books.tell("invoice.finalized", invoice)
        return invoice

    def pay(self, about: Object, invoice: Object) -> bool:
        """Try it. What that means for the subscription is for whoever has asked."""
        books = self.books
        if invoice["amount_due"]:
            payment = self._payment(about, invoice)
            intent = books.get(payment["payment"]["payment_intent"], "payment_intent")
            invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
            if not books.collect(intent, self.card_of(about)):
                return False
            payment.update(status="paid", amount_paid=invoice["amount_due"])
            payment["status_transitions"]["paid_at"] = books.now()
        invoice.update(status="paid", amount_paid=invoice["amount_due"], amount_remaining=0, next_payment_attempt=None)
        invoice["auto_advance"] = False
        invoice["status_transitions"]["paid_at"] = books.now()
        books.tell("invoice.paid", invoice)
        books.tell("invoice.payment_succeeded", invoice)
        return True

    def _payment(self, about: Object, invoice: Object) -> Object:
        books = self.books
        known = books.all("invoice_payment", invoice=invoice["id"])
        if known:
            return known[0]
        asked = {"description": "Subscription update"}
        intent = books.put(
            shapes_money.payment_intent(books.now(), invoice["amount_due"], about["currency"], about["customer"], asked)
        )
        return books.put(shapes_money.invoice_payment(books.now(), invoice, intent["id"]))

    def card_of(self, about: Object) -> str:
        customer = self.books.get(about["customer"], "customer")
        card: str = about["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
        return card

    # --- What the clock does ----------------------------------------------------------------------------------------
    def next_at(self, about: Object) -> int | None:
        if about["status"] == "canceled":
            return None
        if about["status"] == "past_due":
            at: int | None = self._open(about)[0]["next_payment_attempt"]
            return at
        end: int = about["items"]["data"][0]["current_period_end"]
        return min(end, about["cancel_at"] or end)

    def _open(self, about: Object) -> list[Object]:
        invoices = self.books.all("invoice", status="open")
        return [one for one in invoices if one["parent"]["subscription_details"]["subscription"] == about["id"]]

    def happen(self, about: Object) -> None:
        if about["status"] == "past_due":
            self._try_again(about)
        elif about["cancel_at_period_end"] or about["cancel_at"]:
            self.end(about, "cancellation_requested")
        else:
            self._renew(about)

    def _renew(self, about: Object) -> None:
        item = about["items"]["data"][0]
        start = item["current_period_end"]
        end = later(start, about["billing_cycle_anchor"], item["price"]["recurring"]["interval"])
        item.update(current_period_start=start, current_period_end=end)
        about["status"] = "active"
        invoice = self.write(about, [(item["price"]["unit_amount"], "Renewal")], "subscription_cycle", (start, end))
        self._after(about, invoice, self.pay(about, invoice))

    def _after(self, about: Object, invoice: Object, paid: bool) -> None:
        if paid:
            about["status"] = "active"
        elif invoice["attempt_count"] > len(TRIES_AGAIN):
            invoice["next_payment_attempt"] = None
            self.books.tell("invoice.payment_failed", invoice)
            self.end(about, "payment_failed")
            return
        else:
            about["status"] = "past_due"
            invoice["next_payment_attempt"] = invoice["created"] + TRIES_AGAIN[invoice["attempt_count"] - 1]
            self.books.tell("invoice.payment_failed", invoice)
        self.books.tell("customer.subscription.updated", about)

    def _try_again(self, about: Object) -> None:
        invoice = self._open(about)[0]
        self._after(about, invoice, self.pay(about, invoice))

    def end(self, about: Object, reason: str) -> None:
        now = self.books.now()
        about.update(status="canceled", ended_at=now, canceled_at=about["canceled_at"] or now)
        about["cancellation_details"]["reason"] = reason
        for invoice in self._open(about):
            invoice.update(auto_advance=False, next_payment_attempt=None)
        self.books.tell("customer.subscription.deleted", about)

    # --- What people do ---------------------------------------------------------------------------------------------
    def change_card(self, about: Object, number: str) -> None:
        """In the portal: what is open is tried at once."""
        method = self.books.new_card(number, about["customer"])
        about["default_payment_method"] = method["id"]
        self.books.tell("customer.subscription.updated", about)
        if about["status"] == "past_due":
            self._try_again(about)

    def change_price(self, about: Object, price: Object, proration: str) -> None:
        """Raises ApiError, and nothing has happened, if what is due now cannot be paid (`error_if_incomplete`)."""
        item, now = about["items"]["data"][0], self.books.now()
        old, start, end = item["price"], item["current_period_start"], item["current_period_end"]
        is_other = old["recurring"]["interval"] != price["recurring"]["interval"]
        lines: list[tuple[int, str]] = []
        if about["status"] == "active" and proration == "always_invoice":
            left = (end - now) / (end - start)
            lines.append((-round(old["unit_amount"] * left), "Unused time"))
            lines.append((price["unit_amount"] if is_other else round(price["unit_amount"] * left), "Remaining time"))
        if sum(amount for amount, _words in lines) > 0 and self.books.would_fail(self.card_of(about)):
            raise ApiError(
                402,
                "Your card was declined.",
                kind="card_error",
                code="card_declined",
                decline_code="generic_decline",
            )
        item.update(price=price, plan=shapes_money.plan(price))
        if is_other and about["status"] == "active":
            about["billing_cycle_anchor"] = now
            item.update(current_period_start=now, current_period_end=later(now, now, price["recurring"]["interval"]))
        if lines:
            period = (now, item["current_period_end"])
            self.pay(about, self.write(about, lines, "subscription_update", period))
