"""HTTP: keys, versions, idempotency, outages. And the two hosted pages, as plain as can be."""

import hashlib
import html
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from billing.tests.fake_stripe.books import Declined
from billing.tests.fake_stripe.shapes import API_VERSION, Object, new_id
from billing.tests.fake_stripe.wire import ApiError, decode, expand

if TYPE_CHECKING:
    from billing.tests.fake_stripe import FakeStripe

PAGE = """<!doctype html><title>{title}</title><h1>{title}</h1><p role="status">{said}</p>
<form method="post"><label>Card number <input name="card" value=""></label><button>{button}</button></form>
<p><a href="{back}">Back</a></p>"""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fake: "FakeStripe", port: int) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that has hung up is nobody's mistake."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Not to the terminal of the tests."""

    def do_GET(self) -> None:
        self._take("GET")

    def do_POST(self) -> None:
        self._take("POST")

    def do_DELETE(self) -> None:
        self._take("DELETE")

    def _take(self, method: str) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        parts = urlsplit(self.path)
        if parts.path == "/favicon.ico":
            self._html(204, "")
            return
        if not parts.path.startswith("/v1/"):
            self._hosted_page(method, parts.path, decode(raw))
            return
        fake, path = self.server.fake, parts.path.removeprefix("/v1/")
        outage = fake.outage_of(method, path)
        if outage == "silent":
            self._hang_up()
            return
        status, body, extra = Exchange(self, method, path, raw if method == "POST" else parts.query).answer(outage)
        if outage == "lost":  # it was done, and nobody learns of it
            self._hang_up()
            return
        self._send(status, body, extra)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _send(self, status: int, body: Object, extra: dict[str, str]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Stripe-Version": API_VERSION, **extra}
        for name, value in {**headers, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    # --- The pages --------------------------------------------------------------------------------------------------
    def _hosted_page(self, method: str, path: str, form: Object) -> None:
        fake = self.server.fake
        found = re.fullmatch(r"/(c/pay|p/session)/(\w+)", path)
        if not found:
            self._html(404, "<h1>Not found</h1>")
            return
        is_checkout, ref = found[1] == "c/pay", found[2]
        with fake.books.lock:
            about = fake.books.things.get(ref) if is_checkout else fake.portal_named(ref)
            if about is None or about.get("status", "open") != "open":
                self._html(404, "<h1>This page has expired</h1>")
                return
            back = about["success_url"] if is_checkout else about["return_url"]
            said = ""
            if method == "POST":
                try:
                    number = form.get("card", "").replace(" ", "")
                    fake.pay(ref, number) if is_checkout else fake.change_card(about["customer"], number)
                    self._redirect(back)
                    return
                except Declined:
                    said = "Your card was declined."
        title, button = ("Checkout", "Pay") if is_checkout else ("Billing", "Save card")
        leave = about["cancel_url"] if is_checkout else back
        shown = PAGE.format(title=title, said=html.escape(said), button=button, back=html.escape(leave, quote=True))
        self._html(200, shown)

    def _html(self, status: int, shown: str) -> None:
        raw = shown.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _redirect(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Exchange:
    """One request to the API, and its answer."""

    def __init__(self, handler: Handler, method: str, path: str, raw: str) -> None:
        self.fake, self.headers = handler.server.fake, handler.headers
        self.method, self.path, self.raw = method, path, raw
        self.request = new_id("req", 14)

    def answer(self, outage: str) -> tuple[int, Object, dict[str, str]]:
        extra = {"Request-Id": self.request}
        if outage == "error":
            return 500, {"error": {"message": "An unknown error occurred", "type": "api_error"}}, extra
        try:
            status, body, replayed = self._answer()
        except ApiError as refused:
            refused.body["error"]["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{self.request}"
            return refused.status, refused.body, extra
        return status, body, {**extra, "Idempotent-Replayed": "true"} if replayed else extra

    def _answer(self) -> tuple[int, Object, bool]:
        self._check_caller()
        key = self.headers.get("Idempotency-Key")
        if self.method == "POST" and not key:
            raise AssertionError("a POST without an Idempotency-Key")
        if self.method != "POST":
            return 200, self._do(), False
        return self._once(str(key))

    def _check_caller(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.fake.key}":
            raise ApiError(401, "Invalid API Key provided: sk_test_****", kind="invalid_request_error")
        if self.headers.get("Stripe-Version") != API_VERSION:
            raise ApiError(400, f"Invalid Stripe API version: {self.headers.get('Stripe-Version')}")

    def _once(self, key: str) -> tuple[int, Object, bool]:
        """https://docs.stripe.com/api/idempotent_requests: what failed its checks is not kept."""
        print_ = hashlib.sha256(f"{self.method} {self.path} {self.raw}".encode()).hexdigest()
        with self.fake.books.lock:
            known_print, status, kept = self.fake.keys.get(key, ("", 0, None))
            if known_print and known_print != print_:
                said = f"Keys for idempotent requests can only be used with the same parameters. ('{key}')"
                raise ApiError(400, said, kind="idempotency_error")
            if kept is not None:
                return status, kept, True
            if known_print:
                said = f"There is currently another in-progress request using this Idempotent Key ('{key}')."
                raise ApiError(409, said, kind="idempotency_error", code="idempotency_key_in_use")
            self.fake.keys[key] = (print_, 0, None)
        try:
            status, body = 200, self._do(key)
        except ApiError as refused:
            if refused.status != 402:
                del self.fake.keys[key]
                raise
            status, body = 402, refused.body
        self.fake.keys[key] = (print_, status, body)
        return status, body, False

    def _do(self, key: str | None = None) -> Object:
        asked = decode(self.raw)
        fake = self.fake
        fake.pause()
        with fake.books.lock:
            fake.asked.append((self.method, self.path, asked))
            fake.books.request = (self.request, key)
            try:
                found = fake.api.answer(self.method, self.path, asked)
                return expand(found, asked.get("expand", []), fake.api.look_up)
            finally:
                fake.books.request = (None, None)


def start(fake: "FakeStripe", port: int) -> tuple[Server, threading.Thread]:
    server = Server(fake, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return server, thread
