"""Handing out a file of the private storage, to who has been found to own it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from core.errors import NotFound

CHUNK = 256 * 1024


def private_file(request: HttpRequest, name: str, *, shown_name: str, content_type: str) -> StreamingHttpResponse:
    """To be saved, never shown or kept by anything in between. Raises NotFound when the file is gone."""
    storage = storages["private"]
    try:
        size, file = storage.size(name), storage.open(name)
    except FileNotFoundError:
        raise NotFound from None
    # Under ASGI Django reads a stream that is not asynchronous into memory first.
    chunks = _chunks_later(file) if isinstance(request, ASGIRequest) else _chunks(file)
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=shown_name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _chunks(file: "File[Any]") -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


async def _chunks_later(file: "File[Any]") -> AsyncIterator[bytes]:
    try:
        while chunk := await sync_to_async(file.read, thread_sensitive=False)(CHUNK):
            yield chunk
    finally:
        file.close()
