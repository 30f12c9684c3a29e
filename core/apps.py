from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import checks  # noqa: F401 - importing it registers the checks
        from core.metrics import watch_queries

        connection_created.connect(watch_queries, dispatch_uid="core.metrics")
