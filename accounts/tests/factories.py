"""The cast: alice (owner), bob (member), charlie (stranger); premium petra; sellers sana and tariq; staff dana."""

from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from accounts import actions
from accounts.actions import Tokens
from accounts.models import AskedMail, User
from core.models import Mail

PASSWORD = "plaza-demo"
ADDRESS = "203.0.113.7"


def make_person(username: str, *, verified: bool = True, password: str = PASSWORD, **fields: Any) -> User:
    """A person who can sign in, password `plaza-demo`. Unless `verified`, their address waits to be confirmed."""
    email = fields.pop("email", f"{username.lower()}@plaza.example")
    user = User.objects.create_user(username=username, password=password, email=email if verified else "", **fields)
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def make_alice() -> User:
    return make_person("alice")


def make_bob() -> User:
    return make_person("bob")


def make_charlie() -> User:
    return make_person("charlie")


def make_dana() -> User:
    return make_person("dana", is_staff=True, is_superuser=True)


def sign_in(username: str = "alice", password: str = PASSWORD) -> Tokens:
    """As an API client."""
    return actions.sign_in_with_password(login=username, password=password, address=ADDRESS)


def bearer(token: str) -> dict[str, Any]:
    """For Django's test client: `client.get(path, headers=bearer(token))`."""
    return {"Authorization": f"Bearer {token}"}


def post_json(client: Client, path: str, body: Any, **extra: Any) -> Any:
    return client.post(f"/api/v1/{path}", body, content_type="application/json", **extra)


def answer_asked_mails() -> None:
    """As a worker does."""
    for asked_id in AskedMail.objects.filter(due_at__isnull=False).order_by("pk").values_list("pk", flat=True):
        actions.answer_asked_mail(asked_id=asked_id)


def newest_mail(to: str) -> Mail:
    answer_asked_mails()
    return Mail.objects.filter(to=to).order_by("-pk")[0]
