"""`/media/`: small pictures that everybody may see, from the default storage, whatever that is.

Before sessions and languages: a page asks for many of these, and who asks makes no difference. A file's name cannot be
guessed and never gets other content, so that it may be kept for ever.
"""

import re
from collections.abc import Callable

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

PREFIX = "/media/"
KINDS = ("avatars",)  # folders whose files are made by us
_SERVED = re.compile(rf"(?:{'|'.join(KINDS)})/[A-Za-z0-9_-]{{16,64}}-[0-9]{{1,4}}\.webp", re.A)
_HEADERS = {
    "Content-Type": "image/webp",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "public, max-age=31536000, immutable",
}


class MediaMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self._get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return _serve(request.path_info.removeprefix(PREFIX))


def _serve(name: str) -> HttpResponse:
    content = _read(name) if _SERVED.fullmatch(name) else None
    if content is None:
        return HttpResponse("Not found\n", content_type="text/plain", status=404, headers={"Cache-Control": "no-store"})
    return HttpResponse(content, headers=_HEADERS)


def _read(name: str) -> bytes | None:
    try:
        with default_storage.open(name) as file:
            content: bytes = file.read()
    except OSError:  # not there, or its storage is away: in both cases there is no picture to show
        return None
    return content
