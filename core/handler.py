"""Django's door for HTTP, for a project whose views all are synchronous.

Django's own goes between its event loop and a thread four times for a request, and starts a thread for each: with
SQLite that is a new connection too. Here middleware and view are one call in a thread that is kept. docs/payments.md
has figures.
"""

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase

MOST_KEPT = 16  # threads that wait for a request; each has a connection to SQLite, and with PostgreSQL none

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Handler(ASGIHandler):
    def __init__(self) -> None:
        super().__init__()
        self._kept: list[ThreadPoolExecutor] = []  # of one thread each: a request's code all runs in the same one

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - Django asks for True
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        thread = self._kept.pop() if self._kept else ThreadPoolExecutor(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            if len(self._kept) < MOST_KEPT:
                self._kept.append(thread)  # it is idle, also where the client has gone: Django's last signal runs in it
            else:
                thread.shutdown(wait=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)


def http_application() -> Handler:
    django.setup(set_prefix=False)
    return Handler()
