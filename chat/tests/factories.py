"""Rooms with people in them, and things they said."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import sign_in
from chat import actions
from chat.models import Message
from rooms import actions as room_actions
from rooms.callers import Caller, guest_token
from rooms.models import Channel, Member, Space

ADDRESS = "203.0.113.7"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A room of alice's, with bob in it."""

    space: Space
    channel: Channel
    alice: Member
    bob: Member


def caller(user: User) -> Caller:
    return Caller(user, frozenset(), ADDRESS)


def make_room(owner: User, **fields: Any) -> room_actions.Seated:
    fields.setdefault("name", f"Room {next(_numbers)}")
    return room_actions.create_room(caller=caller(owner), nickname=owner.username, **fields)


def make_place(alice: User, bob: User) -> Place:
    room = make_room(alice)
    return Place(room.space, room.channel, room.member, join(room.space, bob))


def join(space: Space, user: User, nickname: str = "") -> Member:
    return room_actions.join_room(caller=caller(user), slug=space.slug, nickname=nickname or user.username).member


def join_as_guest(space: Space, nickname: str) -> tuple[Member, str]:
    """The member and the guest token."""
    member = room_actions.join_room(
        caller=Caller(None, frozenset(), ADDRESS), slug=space.slug, nickname=nickname
    ).member
    return member, guest_token(member, space)


def say(seat: Member, body: str = "Hello", nonce: str = "") -> Message:
    """Through the one action that everybody posts by."""
    channel = Channel.objects.get(space=seat.space_id)
    nonce = nonce or f"n{next(_numbers)}"
    posted = actions.post_message(actions.Draft(channel.pk, seat.pk, nonce, body))
    return Message.objects.shown().get(pk=posted.message.pk)


def say_much(seat: Member, count: int, *bodies: str) -> None:
    """So many messages at once, in turn these with their numbers: the log's own way would take a while."""
    bodies = bodies or ("Line {number}",)
    channel = Channel.objects.get(space=seat.space_id)
    first = channel.last_seq + 1
    Message.objects.bulk_create(
        Message(channel=channel, seq=seq, rev=channel.head + 1 + seq - first, author=seat, nonce=f"much{seq}",
                body_hash=b"x", body=bodies[seq % len(bodies)].format(number=seq))
        for seq in range(first, first + count)
    )  # fmt: skip
    Channel.objects.filter(pk=channel.pk).update(last_seq=F("last_seq") + count, head=F("head") + count)


def edit(user: User, message: Message, body: str) -> Message:
    return actions.edit_message(caller=caller(user), message_id=message.pk, body=body)


def end_soon(space: Space, seconds: float) -> None:
    """As if its lifetime had been so short."""
    Space.objects.filter(pk=space.pk).update(expires_at=timezone.now() + timedelta(seconds=seconds))


def access_token(user: User) -> str:
    return sign_in(user.username).access


def session_key(user: User) -> str:
    """Of a browser that has just signed in."""
    browser = Browser()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value
