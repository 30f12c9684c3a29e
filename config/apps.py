from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule


class PlazaAdminConfig(SimpleAdminConfig):
    """The pages of the staff, on a site of our own. Those that packages bring are not taken, so they are not loaded."""

    default_site = "config.admin_site.PlazaAdminSite"

    def ready(self) -> None:
        super().ready()
        for config in apps.get_app_configs():
            if Path(config.path).parent == settings.BASE_DIR and module_has_submodule(config.module, "admin"):
                import_module(f"{config.name}.admin")
