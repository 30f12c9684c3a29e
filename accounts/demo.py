"""The demo's people: one cast in the demo and in every test."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User

PASSWORD = "plaza-demo"  # noqa: S105 - public on purpose, refused in production
CAST = ("alice", "bob", "charlie", "petra", "sana", "tariq", "dana")
STAFF = frozenset({"dana"})


def load() -> None:
    """Makes who is missing; leaves who is there."""
    for username in CAST:
        if not User.objects.named(username).exists():
            _make(username)


@transaction.atomic
def _make(username: str) -> None:
    is_staff = username in STAFF
    user = User.objects.create(
        username=username,
        email=f"{username}@plaza.example",
        password=make_password(PASSWORD),
        is_staff=is_staff,
        is_superuser=is_staff,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
