"""`manage.py demo`: the demo's people and places. Harmless to repeat; refuses in production."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import module_has_submodule


class Command(BaseCommand):
    help = "Loads the demo: people with the password plaza-demo, a public room. Demo mode only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo has people with known passwords, so it is not loaded in production. Set PLAZA_MODE=demo."
            )
        for config in reversed(list(apps.get_app_configs())):  # INSTALLED_APPS names the highest app first
            if config.module and module_has_submodule(config.module, "demo") and _is_ours(config.path):
                import_module(f"{config.name}.demo").load()
        self.stdout.write("The demo is loaded. Sign in as alice, bob or charlie with the password plaza-demo.")


def _is_ours(path: str) -> bool:
    return Path(path).parent == settings.BASE_DIR
