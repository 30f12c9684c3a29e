"""What every door of a person's own things begins with."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User
from core.errors import NotAuthenticated


def person_of(request: HttpRequest | Request) -> User:
    """Who is signed in. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
