from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from rooms import openapi, person_data, receivers  # noqa: F401 - importing the first and the last registers them

        person_data.register_all()
