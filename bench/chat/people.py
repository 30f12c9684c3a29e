"""Makes people who are signed in and places where they may talk: `manage.py`'s environment, an order on standard input.

The order is `{"people": n, "rooms": [[person, …], …]}`; the answer on standard output is
`{"tokens": [access token of each person], "channels": [id of each room's channel]}`. Further calls add rooms.
"""

import json
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.db import transaction  # noqa: E402 - found by the lines above, like all that follows
from django.utils import timezone  # noqa: E402

from accounts.models import SignIn, User  # noqa: E402
from core import tokens  # noqa: E402
from rooms.models import Channel, Member, Space  # noqa: E402

DAY = 86400


def people(count: int) -> list[User]:
    names = [f"bench-{number}" for number in range(count)]
    there = {user.username: user for user in User.objects.filter(username__in=names)}
    missing = [
        User(username=name, display_name=f"Bench {name[6:]}", email=f"{name}@bench.invalid", password="!")  # noqa: S106 - nobody's
        for name in names
        if name not in there
    ]
    there |= {user.username: user for user in User.objects.bulk_create(missing, batch_size=1000)}
    return [there[name] for name in names]


def token_of_each(users: list[User]) -> list[str]:
    now = timezone.now()
    rows = SignIn.objects.bulk_create([SignIn(user=user, used_at=now) for user in users], batch_size=1000)
    return [tokens.encode("access", {"sub": str(row.user_id), "sid": str(row.pk)}, DAY) for row in rows]


def places(users: list[User], rooms: list[list[int]]) -> list[str]:
    ends, mark = timezone.now() + timedelta(days=1), secrets.token_hex(4)
    spaces = Space.objects.bulk_create(
        [Space(name=f"{mark} {n}", slug=f"{mark}-{n}", expires_at=ends) for n in range(len(rooms))], batch_size=1000
    )
    channels = Channel.objects.bulk_create([Channel(space=space, name="talk") for space in spaces], batch_size=1000)
    seats = [
        Member(space=space, user=users[n], nickname=users[n].username,
               nickname_key=users[n].username, nickname_skeleton=users[n].username)
        for space, numbers in zip(spaces, rooms, strict=True) for n in numbers
    ]  # fmt: skip
    Member.objects.bulk_create(seats, batch_size=1000)
    return [str(channel.pk) for channel in channels]


def main() -> None:
    order = json.load(sys.stdin)
    with transaction.atomic():
        users = people(order["people"])
        made = {"tokens": token_of_each(users), "channels": places(users, order["rooms"])}
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main()
