from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import person_data, receivers, truth  # noqa: F401 - connects the receivers
        from core.realtime.truth import register

        register(truth.DatabaseTruth())
        person_data.register_all()
