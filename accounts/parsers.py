"""A picture as the body of a request: as a form's field `avatar`, or the picture alone. For `me/avatar` only."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from core.errors import Invalid, TooLarge

_ENVELOPE = 64 * 1024  # bytes of a form around its file


class AvatarFormParser(parsers.MultiPartParser):
    """Django keeps a large file on disk; a body that says it is too large is not read at all."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        _refuse_large(parser_context, settings.AVATAR_BYTES + _ENVELOPE)
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as broken:
            raise Invalid from broken


class PictureParser(parsers.BaseParser):
    media_type = "image/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - the base's
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = settings.AVATAR_BYTES
        _refuse_large(parser_context, most)
        content = stream.read(most + 1)
        if len(content) > most:
            raise TooLarge
        return {"avatar": ContentFile(content)}


class BytesParser(PictureParser):
    """For clients that do not know what they send."""

    media_type = "application/octet-stream"


def _refuse_large(parser_context: Mapping[str, Any] | None, most: int) -> None:
    request = (parser_context or {})["request"]
    said = request.META.get("CONTENT_LENGTH") or "0"
    if said.isdigit() and int(said[:19]) > most:
        raise TooLarge
