"""Celery's own programs as commands of manage.py, so that they start with the same settings and sentences."""

from typing import Any

from django.core.management import BaseCommand

from core import database
from core.jobs import the_app


class CeleryProgram(BaseCommand):
    """What stands after the command's name goes to Celery as it is."""

    program: list[str]

    def run_from_argv(self, argv: list[str]) -> None:
        self.passed_on = argv[2:]
        super().run_from_argv(argv[:2])

    def handle(self, *args: Any, **options: Any) -> None:
        database.require_database()
        database.require_migrated()
        the_app().start([*self.program, *self.passed_on])
