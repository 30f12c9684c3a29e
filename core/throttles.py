"""How often the API may be called."""

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.network import address_key, client_ip
from core.rates import spend


class ApiThrottle(BaseThrottle):
    """`RATE_API` per person, else per address."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: object) -> bool:  # noqa: ARG002 - the REST framework's signature
        self._wait = spend("API", who_asks(request))
        return not self._wait

    def wait(self) -> float:
        return self._wait


def who_asks(request: Request | HttpRequest) -> str:
    """The key under which rates are counted: the person, else the address."""
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    return f"address:{address_key(client_ip(getattr(request, '_request', request)))}"
