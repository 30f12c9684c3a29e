"""The door for servers: HTTP to Django, the gateway's sockets to `chat.consumers`."""

import os
from typing import Any

from core.handler import http_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = http_application()  # first: it loads the apps

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be loaded
from django.urls import path, re_path  # noqa: E402

from chat.consumers import Gateway, Receive, Send  # noqa: E402
from core.charsets import Utf8Request  # noqa: E402
from core.realtime.lifespan import lifespan  # noqa: E402


async def nowhere(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Sockets to any other address: refused as by 403, which the router alone would answer with an exception."""
    await receive()
    await send({"type": "websocket.close"})


django_application.request_class = Utf8Request
sockets = [path("ws/", Gateway()), re_path("", nowhere)]  # type: ignore[arg-type]  # ASGI applications, which Channels routes to
application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter(sockets),
        "lifespan": lifespan,
    }
)
