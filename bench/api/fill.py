"""Fills the scratch database of `run.py` beside it: `fill.py SHARE`, from 0 to 1, of what WHOLE says.

Called again with a larger share it adds what is missing. Places come about by the actions that everybody uses; people,
seats and messages are written at once, as a hundred thousand of them would take a while.
"""

import os
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402 - Django has to be set up first
from django.db.models import F  # noqa: E402

from accounts.models import User  # noqa: E402
from chat.models import Message, ReadState  # noqa: E402
from core.names import name_key, name_skeleton  # noqa: E402
from rooms import actions  # noqa: E402
from rooms.callers import Caller  # noqa: E402
from rooms.models import Channel, Member, Space  # noqa: E402

READER, PASSWORD, NONE = "reader", "plaza-bench", "!"
WHOLE = {"people": 2_000, "rooms": 200, "conversations": 100, "messages": 100_000}
IN_LARGE_ROOM = 0.4  # of the messages, and a third of the people; the rest is spread evenly over the reader's places
JOINED = 2  # the reader is in every second room
BODIES = (
    "Line {number}. I have tried the new lamp, and it **flickers** a little: is it the dimmer, or the bulb?",
    "Line {number}. It is the dimmer, @reader",
    "Line {number}. مساء الخير! هل يعمل هذا المصباح على ٢٢٠ فولت أيضًا؟",
    "Line {number}. See https://plaza.example/a-rather-long-address.html and `this`",
)


def main() -> None:
    share = float(sys.argv[1])
    wanted = {name: int(count * share) for name, count in WHOLE.items()}
    reader = fill_people(wanted["people"])
    fill_rooms(reader, wanted["rooms"])
    fill_conversations(reader, wanted["conversations"])
    fill_messages(reader, wanted["messages"])


def fill_people(count: int) -> User:
    reader: User | None = User.objects.filter(username=READER).first()
    if reader is None:
        reader = User.objects.create_user(username=READER, password=PASSWORD, email="reader@plaza.example")
    first = User.objects.count()
    names = [f"person{number:05}" for number in range(first, count + 1)]
    made = User.objects.bulk_create(User(username=name, email=f"{name}@plaza.example", password=NONE) for name in names)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in made
    )
    return reader


def people() -> list[User]:
    return list(User.objects.exclude(username=READER).order_by("pk"))


def fill_rooms(reader: User, count: int) -> None:
    owners = people()
    for number in range(Space.objects.filter(kind=Space.Kind.FLYAWAY).count(), count):
        owner = owners[number % len(owners)]
        caller = Caller(owner, frozenset(), f"203.0.113.{number % 250}")
        room = actions.create_room(caller=caller, name=f"Room {number:04}", nickname=owner.username)
        if number % JOINED == 0:
            actions.join_room(caller=Caller(reader, frozenset(), "198.51.100.7"), slug=room.space.slug, nickname=READER)
        seat(room.space, owners[(number + 1) % len(owners) :][:5])
    large = Space.objects.filter(kind=Space.Kind.FLYAWAY).earliest("pk")
    seat(large, owners[: len(owners) // 3])


def seat(space: Space, users: list[User]) -> None:
    present = set(Member.objects.filter(space=space).values_list("user_id", flat=True))
    names = [(user, user.username) for user in users if user.pk not in present]
    Member.objects.bulk_create(
        Member(
            space=space,
            user=user,
            nickname=name,
            nickname_key=name_key(name),
            nickname_skeleton=name_skeleton(name),
        )
        for user, name in names
    )


def fill_conversations(reader: User, count: int) -> None:
    others = people()
    caller = Caller(reader, frozenset(), "198.51.100.7")
    for number in range(Space.objects.filter(kind=Space.Kind.DIRECT).count(), count):
        actions.start_conversation(caller=caller, people=[f"@{others[number].username}"])


def fill_messages(reader: User, count: int) -> None:
    channels = list(Channel.objects.filter(space__members__user=reader).order_by("pk"))
    large, *others = channels
    for channel in channels:
        wanted = int(count * IN_LARGE_ROOM) if channel == large else int(count * (1 - IN_LARGE_ROOM)) // len(others)
        say(channel, wanted)
    ReadState.objects.bulk_create(
        [ReadState(channel=one, member=one.space.members.get(user=reader), read_seq=0) for one in channels],
        ignore_conflicts=True,
    )


def say(channel: Channel, wanted: int) -> None:
    seats = list(Member.objects.filter(space=channel.space_id).exclude(kind=Member.Kind.SYSTEM).order_by("pk")[:20])
    first, last = channel.last_seq + 1, max(channel.last_seq, wanted)
    rise = channel.head - channel.last_seq
    Message.objects.bulk_create(
        (
            Message(
                channel=channel,
                seq=seq,
                rev=seq + rise,
                author=seats[seq % len(seats)],
                nonce=f"bench{seq}",
                body_hash=b"x",
                body=BODIES[seq % len(BODIES)].format(number=seq),
            )
            for seq in range(first, last + 1)
        ),
        batch_size=2_000,
    )
    Channel.objects.filter(pk=channel.pk).update(last_seq=last, head=F("head") + last - channel.last_seq)


if __name__ == "__main__":
    main()
