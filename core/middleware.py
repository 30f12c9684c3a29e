"""Refusals that reach the top: the same shape for the API, a page in our look for people."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.api import as_refusal
from core.views import refuse


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """None for our own mistakes: they are logged and answered 500."""
        refusal = as_refusal(error)
        return None if refusal is None else refuse(request, refusal)
