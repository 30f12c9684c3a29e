"""A PDF with texts in many scripts, to look at after a change of fonts or of how lines are made."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from core.pdf import gallery


class Command(BaseCommand):
    help = "Write gallery.pdf: texts in every script that PDFs can have."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="Where to (default: here).")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "gallery.pdf"
        with path.open("wb") as file:
            pages = gallery.write(file)
        self.stdout.write(f"{path}: {pages} pages, {path.stat().st_size // 1024} KB")
