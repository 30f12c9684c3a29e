from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Rooms")

    def ready(self) -> None:
        from rooms import openapi, person_data, receivers, usage  # noqa: F401 - importing the first and the last registers them

        person_data.register_all()
        usage.register_all()
