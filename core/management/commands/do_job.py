"""One job, in a process of its own: `core.jobs` starts it beside a web server."""

import signal
from typing import Any

from django.core.management import BaseCommand, CommandParser

from core.jobs import the_app


class Command(BaseCommand):
    help = "Do one job, given its task and its row. Plaza calls this itself."

    requires_system_checks = []  # whoever serves has run them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("task")
        parser.add_argument("row", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches it too; the row says that it is not done
        app = the_app()
        app.loader.import_default_modules()
        app.tasks[options["task"]].run(options["row"])
