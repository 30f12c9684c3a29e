"""What the doors of accounts share: who is there, and where they came from."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.request import Request

from accounts.models import User
from core.errors import NotAuthenticated


def person_of(request: HttpRequest | Request) -> User:
    """Who is signed in. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def page_before(request: HttpRequest) -> str:
    """Where a form says that it was sent from (`next`); the first page, if that is not one of ours."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if is_ours else "/"
