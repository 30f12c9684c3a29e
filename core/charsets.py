"""We speak UTF-8."""

from django.core.handlers.asgi import ASGIRequest


class Utf8Request(ASGIRequest):
    """Deaf to the charset that a client names: Django decodes by any codec that Python knows, and with those that are
    no text encodings (`zlib`, `hex`) the request fails before there is anything that could refuse it."""

    @property
    def encoding(self) -> str | None:
        return None  # DEFAULT_CHARSET

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        pass
