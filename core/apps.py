from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Records")  # what the staff see of it

    def ready(self) -> None:
        from core import checks  # noqa: F401 - importing it registers the checks
        from core.metrics import watch_queries
        from core.prepared import watch_plans

        connection_created.connect(watch_queries, dispatch_uid="core.metrics")
        connection_created.connect(watch_plans, dispatch_uid="core.prepared")
