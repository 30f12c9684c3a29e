"""Events as a provider sends them, correctly signed and over HTTP, to this instance."""

import argparse
import time
from typing import Any

import httpcore
from django.core.management import BaseCommand, CommandError

from billing import gateway
from billing.models import Payment
from core.errors import NotFound


class Command(BaseCommand):
    help = "Send an event about a payment, as its provider would, to the Plaza that runs here."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("provider", help="sandbox or stripe")
        parser.add_argument("--payment", required=True, help="The payment's id, as in the API.")
        parser.add_argument("--status", required=True, choices=["success", "failure"])
        parser.add_argument("--copies", type=int, default=1, help="How often the same event is sent.")
        parser.add_argument("--tamper", action="store_true", help="Change the body after signing it.")
        parser.add_argument("--stale", action="store_true", help="Sign it as if that had been an hour ago.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            module: Any = gateway.named(options["provider"])
        except NotFound:
            raise CommandError(f"There is no provider {options['provider']} here, or it has no keys.") from None
        payment = Payment.objects.filter(ref=options["payment"], provider=module.CODE).exclude(provider_ref="").first()
        if payment is None:
            raise CommandError("There is no such payment of this provider.")
        try:
            body = module.simulate(payment.provider_ref, options["status"] == "success")
        except gateway.ProviderRefused as refused:
            raise CommandError(f"The provider refuses: {refused.code}.") from None
        except gateway.ProviderDown:
            raise CommandError("The provider does not answer, and the event is about what it knows.") from None
        signed_at = int(time.time()) - (3600 if options["stale"] else 0)
        headers = module.sign(body, signed_at)
        sent = body.replace(b"{", b"{ ", 1) if options["tamper"] else body
        for copy in range(max(1, min(options["copies"], 1000))):
            self.stdout.write(f"{copy + 1}: {self._post(module.webhook_address(), headers, sent)}")

    def _post(self, address: str, headers: dict[str, str], body: bytes) -> int:
        try:
            limits = dict.fromkeys(("connect", "read", "write", "pool"), 10.0)
            sent = list(headers.items())
            answer = httpcore.request("POST", address, headers=sent, content=body, extensions={"timeout": limits})
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as silent:
            raise CommandError(f"Nobody answers at {address} ({type(silent).__name__}). Does Plaza run?") from None
        return answer.status
