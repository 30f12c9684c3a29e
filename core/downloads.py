"""Handing out a file to who has been found to own it: of the private storage, or made for this request."""

from collections.abc import AsyncIterator, Iterator
from typing import IO, Any

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
    return handed_out(request, file, size, shown_name=shown_name, content_type=content_type)


def handed_out(
    request: HttpRequest, file: "IO[Any] | File[Any]", size: int, *, shown_name: str, content_type: str
) -> StreamingHttpResponse:
    """`size` bytes from where the file stands now. It is closed with the response."""
    # Under ASGI Django reads a stream that is not asynchronous into memory first.
    chunks = _ChunksLater(file) if isinstance(request, ASGIRequest) else _Chunks(file)
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=shown_name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Chunks:
    """Closed with the response, also when nobody has read it to its end."""

    def __init__(self, file: "IO[Any] | File[Any]") -> None:
        self._file = file
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(CHUNK):
            yield chunk


class _ChunksLater:
    """The same under ASGI."""

    def __init__(self, file: "IO[Any] | File[Any]") -> None:
        self._file = file
        self.close = file.close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await sync_to_async(self._file.read, thread_sensitive=False)(CHUNK):
            yield chunk
