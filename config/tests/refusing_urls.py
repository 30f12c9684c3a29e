"""Plaza's addresses, and one for each way of saying no: some of them nobody meets on purpose."""

from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import urls
from core.errors import SlowDown, Unavailable
from core.views import CsrfFailed
from rooms.errors import RoomGone, RoomNameTaken

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500

# The kind, and what makes what is raised: an exception that was raised before is not raised anew.
REFUSALS: dict[str, Callable[[], Exception]] = {
    "400": BadRequest,
    "403": PermissionDenied,
    "409": RoomNameTaken,
    "410": RoomGone,
    "429": lambda: SlowDown(retry_after=95),
    "500": lambda: RuntimeError("on purpose: the page for it is looked at"),
    "503": lambda: Unavailable(retry_after=5),
    "maintenance": lambda: Unavailable("We are moving to a larger house. Back at 10 o'clock.", retry_after=300),
    "csrf": CsrfFailed,
}


def refused(request: HttpRequest, kind: str) -> HttpResponse:
    raise REFUSALS[kind]()


urlpatterns = [path("refused/<slug:kind>/", refused), *urls.urlpatterns]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
