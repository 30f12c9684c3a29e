from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from rooms import openapi  # noqa: F401 - the schema's security scheme registers itself
