from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Membership")

    def ready(self) -> None:
        from billing import person_data, staff_acts
        from billing.actions import membership

        person_data.register_all()
        staff_acts.register_all()
        membership.register()
