"""Rooms and who is in them, made by the actions that the doors call; and the doors, as clients knock on them."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ADDRESS, bearer, post_json
from chat import actions as chat
from chat.models import Message
from rooms import actions
from rooms.actions import Seated
from rooms.callers import Caller, cookie_name, guest_token
from rooms.models import Member, Space

ROOM_PASSWORD = "open sesame"
ELSEWHERE = "198.51.100.23"

__all__ = ["ADDRESS", "ELSEWHERE", "ROOM_PASSWORD", "Seated", "bearer", "post_json"]


def caller(user: User | None = None, *, guest: Member | None = None, address: str = ADDRESS) -> Caller:
    return Caller(user, frozenset({guest.pk} if guest else ()), address)


def make_room(
    owner: User, *, name: str = "Tea house", nickname: str = "alice", password: str = "", address: str = ADDRESS
) -> Seated:
    return actions.create_room(caller=caller(owner, address=address), name=name, nickname=nickname, password=password)


def join(
    room: Seated, user: User | None = None, *, nickname: str = "", password: str = "", address: str = ADDRESS
) -> Member:
    """A person's seat; without a person a guest's."""
    nickname = nickname or (user.username if user else "Guest")
    return actions.join_room(
        caller=caller(user, address=address), slug=room.space.slug, nickname=nickname, password=password
    ).member


def make_guest(room: Seated, nickname: str = "Gus", *, address: str = ELSEWHERE) -> Member:
    return join(room, nickname=nickname, address=address)


def ban(room: Seated, member: Member) -> Member:
    """By the room's owner."""
    return actions.ban_member(caller=caller(room.member.user), member=member)


def say(room: Seated, member: Member, body: str = "Hello", nonce: str = "n1") -> chat.Posted:
    """With the row as it is stored."""
    posted = chat.post_message(chat.Draft(room.channel.pk, member.pk, nonce, body))
    return posted._replace(message=Message.objects.shown().get(pk=posted.message.pk))


def end(room: Seated, *, ago: int = 1) -> None:
    """The room's time was up `ago` seconds ago."""
    Space.objects.filter(pk=room.space.pk).update(expires_at=timezone.now() - timedelta(seconds=ago))


def person(user: User, address: str = ADDRESS) -> Client:
    """A browser in which somebody is signed in."""
    client = Client(REMOTE_ADDR=address)
    client.force_login(user)
    return client


def stranger(address: str = ELSEWHERE) -> Client:
    return Client(REMOTE_ADDR=address)


def guest_browser(room: Seated, member: Member, address: str = ELSEWHERE) -> Client:
    """A browser that holds the cookie which the guest was given."""
    client = Client(REMOTE_ADDR=address)
    client.cookies[cookie_name(room.space)] = guest_token(member, room.space)
    return client


def join_path(room: Seated) -> str:
    return f"rooms/{room.space.slug}/join"


def code_of(response: Any) -> tuple[int, str]:
    """Status and code of a refusal, whose shape is checked on the way."""
    said = response.json()
    assert set(said) <= {"code", "detail", "fields", "suggestion"}
    assert isinstance(said["detail"], str)
    assert said["detail"]
    return response.status_code, said["code"]


def wrong_fields(response: Any) -> set[str]:
    """The fields that a 400 names."""
    assert code_of(response) == (400, "invalid"), response.content
    return set(response.json().get("fields", {}))
