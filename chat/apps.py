from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Talk")

    def ready(self) -> None:
        from chat import hearing, person_data, receivers, truth  # noqa: F401 - connects the receivers
        from core import push
        from core.realtime.truth import register

        push.register(hearing.PUSHED_AS, hearing.word_push)
        register(truth.DatabaseTruth())
        person_data.register_all()
