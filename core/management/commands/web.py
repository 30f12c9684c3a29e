"""The web server alone, for set-ups where worker and beat are services of their own."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from core import database, server, statics


class Command(BaseCommand):
    help = "Serve the pages, the API and the gateway. Worker, beat and migrations are left to others."

    requires_system_checks = []  # as in serve

    def handle(self, *args: Any, **options: Any) -> None:
        server.end_on_signals()
        listener = server.open_port()
        database.require_database()
        self.check()
        database.require_migrated()
        statics.collect_if_needed()
        server.serve(listener, lambda: self.stdout.write(f"Plaza listens on {settings.HOST}:{settings.PORT}."))
