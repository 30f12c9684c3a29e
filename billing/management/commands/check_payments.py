"""Can this instance take money? What is set, what is missing, what answers, and what nobody has tried yet."""

import argparse
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.urls import reverse
from django.utils.timezone import localtime

from billing import gateway
from billing.models import Fulfilment, InboundEvent, Offer, Payment, ProviderSeen, Refund
from core.errors import NotFound


class Command(BaseCommand):
    help = "Check the payment providers: configuration, secrets, reachability. Ends with 1 if something is wrong."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--confirm",
            metavar="PROVIDER",
            help="You have seen with your own eyes that this provider takes money and tells of it, with these keys.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._wrong = 0
        if options["confirm"]:
            self._confirm(options["confirm"])
        modules = gateway.all_there()
        self._line(bool(modules), "a provider", "none: set STRIPE_SECRET_KEY, or PLAZA_SANDBOX=1 to try things out")
        for module in modules:
            self._provider(module)
        self._sandbox()
        self._line(Offer.objects.on_sale().exists(), "offers on sale", "none: put one on sale in the admin")
        self._line(
            settings.PUBLIC_URL.startswith("https://") or settings.DEMO,
            f"PUBLIC_URL {settings.PUBLIC_URL}",
            "providers send webhooks to https:// only",
        )
        self._reach()
        self._books()
        if self._wrong:
            raise CommandError(f"{self._wrong} to be looked at.")

    def _confirm(self, code: str) -> None:
        try:
            module: Any = gateway.named(code)
            account = module.account()
        except (NotFound, AttributeError):
            raise CommandError(f"There is no provider {code} here that could be confirmed.") from None
        except (gateway.ProviderDown, gateway.ProviderRefused):
            raise CommandError(f"{code} does not say whose keys these are: run check_payments to see why.") from None
        ProviderSeen.objects.get_or_create(provider=code, account=account)

    def _provider(self, module: Any) -> None:
        self._line(True, f"{module.CODE}: webhooks at {settings.PUBLIC_URL}{reverse('webhook', args=[module.CODE])}")
        if module.CODE == "sandbox":
            self._line(settings.DEMO, "sandbox", "PLAZA_SANDBOX=1 outside of the demo: nobody pays real money here")
        for fact in getattr(module, "checks", list)():
            self._line(fact.is_right, fact.what, fact.hint, is_note=fact.is_note)
        if hasattr(module, "account"):
            self._seen(module)

    def _seen(self, module: Any) -> None:
        try:
            account = module.account()
        except (gateway.ProviderDown, gateway.ProviderRefused):
            account = ""
        seen = ProviderSeen.objects.filter(provider=module.CODE, account=account).first() if account else None
        if seen is not None:
            self._line(True, f"{module.CODE}: seen to work with {account} on {localtime(seen.seen_at):%Y-%m-%d}")
            return
        hint = (
            "nobody has said that these keys take money. Buy something, refund it, see both arrive here, and then "
            f"run check_payments --confirm {module.CODE}"
        )
        self._line(False, f"{module.CODE}: unverified against the live provider", hint, is_note=True)

    def _sandbox(self) -> None:
        """It is gone beside real keys, and whoever asked for it in so many words should know."""
        if settings.SANDBOX_WISHED_IN_VAIN:
            self._line(False, "sandbox", "PLAZA_SANDBOX=1 counts for nothing beside STRIPE_SECRET_KEY: take one away")

    def _reach(self) -> None:
        here = f"http://127.0.0.1:{settings.PORT}/healthz"
        try:
            host = urlsplit(settings.PUBLIC_URL).netloc
            limits = dict.fromkeys(("connect", "read", "write", "pool"), 5.0)
            answer = httpcore.request("GET", here, headers={"Host": host}, extensions={"timeout": limits})
            self._line(answer.status == 200, f"{here} answers {answer.status}")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as silent:
            self._line(False, here, f"no answer ({type(silent).__name__}): start Plaza, then check again")

    def _books(self) -> None:
        flagged = Payment.objects.exclude(flag="").count()
        self._line(not flagged, f"flagged payments: {flagged}", "look at them in the admin")
        for model in (InboundEvent, Fulfilment, Refund):
            failed = model._default_manager.filter(state="failed").count()
            name = str(model._meta.verbose_name_plural)
            self._line(not failed, f"{name} given up: {failed}", "look at them in the admin")

    def _line(self, is_right: bool, what: str, hint: str = "", *, is_note: bool = False) -> None:
        self._wrong += not is_right and not is_note
        word = "ok   " if is_right else "NOTE " if is_note else "WRONG"
        self.stdout.write(f"{word} {what}" + (f": {hint}" if hint and not is_right else ""))
