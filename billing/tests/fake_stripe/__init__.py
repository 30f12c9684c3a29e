"""Stripe, as far as Plaza uses it, over HTTP at STRIPE_API_HOST: objects in Stripe's shapes, idempotency keys, errors,
signed webhooks, a clock, outages. `FakeStripe()` serves at once; `close()` ends it.

It is no description of Stripe: what Stripe does was taken from its documentation, and docs/payments.md says from where.
"""

import time

from billing.tests.fake_stripe import server, shapes
from billing.tests.fake_stripe.api import Api
from billing.tests.fake_stripe.books import DECLINED, FAILS_LATER, GOOD, NO_FUNDS, Books, Declined
from billing.tests.fake_stripe.cycle import DAY, Cycle
from billing.tests.fake_stripe.shapes import Object
from billing.tests.fake_stripe.webhooks import Sender, body_of, signature

__all__ = ["DAY", "DECLINED", "FAILS_LATER", "GOOD", "NO_FUNDS", "Declined", "FakeStripe", "body_of", "signature"]

KEY = "sk_test_51FakeFakeFakeFakeFakeFakeFake"
PUBLISHABLE = "pk_test_51FakeFakeFakeFakeFakeFakeFake"
SECRET = "whsec_fakeFakeFakeFakeFakeFakeFakeFa"


class FakeStripe:
    def __init__(self, port: int = 0) -> None:
        self.key = KEY
        self.books = Books()
        self.cycle = Cycle(self.books)
        self.api = Api(self.books, self.cycle, lambda: self.url)
        self.sender = Sender(SECRET)
        self.books.listener = self.sender.take
        self.keys: dict[str, tuple[str, int, Object | None]] = {}
        self.asked: list[tuple[str, str, Object]] = []
        self.slowness = 0.0
        self._outage, self._where, self._times = "", "", 0
        self._server, self._thread = server.start(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        self.sender.close()

    @property
    def environment(self) -> dict[str, str]:
        """For a Plaza that pays here."""
        return {
            "STRIPE_API_HOST": self.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE,
            "STRIPE_WEBHOOK_SECRET": SECRET,
        }

    # --- How well it is ---------------------------------------------------------------------------------------------
    def fail(self, how: str, where: str = "", times: int = 0) -> None:
        """`silent`: it hangs up at once. `lost`: it does what it was asked, and hangs up. `error`: it answers 500.

        Only what begins with `where`, as "POST checkout/sessions"; `times` so often, else until `recover`.
        """
        self._outage, self._where, self._times = how, where, times

    def recover(self) -> None:
        self._outage = ""

    def outage_of(self, method: str, path: str) -> str:
        with self.books.lock:
            outage = self._outage
            if not outage or not f"{method} {path}".startswith(self._where):
                return ""
            if self._times:
                self._times -= 1
                self._outage = outage if self._times else ""
            return outage

    def pause(self) -> None:
        time.sleep(self.slowness)

    # --- What people do there ---------------------------------------------------------------------------------------
    def pay(self, ref: str, number: str = GOOD, *, takes_days: bool = False) -> Object:
        """On the checkout's page. Raises Declined; then it can be tried again."""
        with self.books.lock:
            session = self.books.get(ref, "checkout.session")
            assert session["status"] == "open", "its page is gone"
            if session["mode"] == "subscription":
                self.cycle.begin(session, number)
            else:
                self.books.pay_once(session, number, takes_days=takes_days)
            return session

    def arrive(self, ref: str, *, success: bool = True) -> None:
        """What takes days has arrived, or has not."""
        with self.books.lock:
            self.books.arrive(self.books.get(ref, "checkout.session"), success=success)

    def change_card(self, customer: str, number: str = GOOD) -> None:
        """In the portal."""
        with self.books.lock:
            for about in self.books.all("subscription", customer=customer):
                if about["status"] != "canceled":
                    self.cycle.change_card(about, number)

    def cancel_in_portal(self, ref: str) -> None:
        """Which sets a date, where the API would set `cancel_at_period_end`."""
        with self.books.lock:
            about = self.books.get(ref, "subscription")
            end = about["items"]["data"][0]["current_period_end"]
            about.update(cancel_at=end, canceled_at=self.books.now())
            self.books.tell("customer.subscription.updated", about)

    def portal_named(self, secret: str) -> Object | None:
        found = self.books.all("billing_portal.session")
        return next((one for one in found if one["url"].endswith(secret)), None)

    # --- Its clock --------------------------------------------------------------------------------------------------
    def pass_days(self, days: float) -> None:
        """What is due by then happens, in order of time, each as of when it was due."""
        with self.books.lock:
            target = self.books.now() + int(days * DAY)
            while (due := self._next(target)) is not None:
                at, about = due
                self.books.offset += max(at - self.books.now(), 0)
                if about["object"] == "subscription":
                    self.cycle.happen(about)
                else:
                    self.books.expire(about)
            self.books.offset += target - self.books.now()

    def _next(self, until: int) -> tuple[int, Object] | None:
        moments = [(one["expires_at"], one) for one in self.books.all("checkout.session", status="open")]
        for about in self.books.all("subscription"):
            at = self.cycle.next_at(about)
            if at is not None:
                moments.append((at, about))
        due = [moment for moment in moments if moment[0] <= until]
        return min(due, key=lambda moment: moment[0]) if due else None

    # --- Its deliveries ---------------------------------------------------------------------------------------------
    def serve_endpoint(self, address: str) -> None:
        """Whom it tells from now on."""
        self.sender.endpoint = address
        self.api.endpoints.append(shapes.webhook_endpoint(self.books.now(), address, ["*"]))

    def told(self, kind: str = "") -> list[Object]:
        return [event for event in self.sender.events if event["type"].startswith(kind)]
