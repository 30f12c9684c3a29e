from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import (
            openapi,  # noqa: F401 - the schema's security schemes register themselves
            person_data,
        )

        person_data.register_all()
