"""JSON bodies, of a bounded size."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers

from core.errors import Invalid, TooLarge


class JSONParser(parsers.JSONParser):
    """The framework's reads whatever comes; Django's own limit guards `request.body` only."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge
        try:
            return super().parse(BytesIO(body), media_type, {**(parser_context or {}), "encoding": "utf-8"})  # RFC 8259
        except RecursionError as too_deep:
            raise Invalid from too_deep
