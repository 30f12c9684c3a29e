"""Every setting, its default and what it is for: from the very calls that read them."""

import argparse
from typing import Any

from django.core.management import BaseCommand

from core.environment import VARIABLES


class Command(BaseCommand):
    help = "List the environment variables that Plaza reads."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--markdown", action="store_true", help="As the table of docs/settings.md.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_markdown() if options["markdown"] else as_text())


def as_text() -> str:
    return "\n".join(f"{one.name}\n    {one.help}\n    Default: {one.default or 'none'}" for one in VARIABLES.values())


def as_markdown() -> str:
    rows = [f"| `{one.name}` | {_code(one.default)} | {_plain(one.help)} |" for one in VARIABLES.values()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _code(default: str) -> str:
    """A value is code; a default that depends on other settings is a phrase."""
    return f"`{default}`" if default and " " not in default else _plain(default)


def _plain(text: str) -> str:
    """An address in angle brackets would vanish as a tag."""
    return text.replace("<", "\\<").replace("|", "\\|")
