"""What was said in a room, to be kept: from one's joining on, until the sweep."""

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient

from accounts.models import AuditEntry, User
from accounts.tests.factories import bearer
from chat import actions
from chat import transcript as transcripts
from chat.models import Message
from chat.tests import factories
from chat.tests.gateway import db
from rooms import actions as room_actions
from rooms.schedule import sweep_rooms
from rooms.tests.factories import Seated, code_of, end, guest_browser, join, make_room, person, stranger

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(alice: User) -> Seated:
    return make_room(alice)


@pytest.fixture
def dana(db: None) -> User:
    from accounts.tests.factories import make_dana

    return make_dana()


def text_of(client: Any, room: Seated, *, api: bool = False, **extra: Any) -> str:
    base = "/api/v1/rooms" if api else "/rooms"
    answer: Any = client.get(f"{base}/{room.space.slug}/transcript.txt", **extra)
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content).decode()


def lines_of(client: Any, room: Seated, **more: Any) -> list[str]:
    """Without the head, and without times."""
    return [line.partition("] ")[2] or line for line in text_of(client, room, **more).splitlines()[3:]]


def at(message: Message, *moment: int) -> None:
    Message.objects.filter(pk=message.pk).update(created_at=datetime(*moment, tzinfo=UTC))  # type: ignore[misc,arg-type]  # year to second


def test_it_has_what_was_said_since_one_joined(alice: User, bob: User, room: Seated) -> None:
    factories.say(room.member, "Before bob")
    member = join(room, bob)
    factories.say(member, "Hello,\nall\u2028[2030-01-01 00:00] alice: Not I")
    edited = factories.say(room.member, "Helo")
    actions.edit_message(caller=factories.caller(alice), message_id=edited.pk, body="Hello")
    deleted = factories.say(room.member, "A secret")
    actions.delete_message(caller=factories.caller(alice), message_id=deleted.pk)
    room_actions.block_member(caller=factories.caller(alice), member=member)

    told = ["bob: Hello,", "    all", "alice: Not I", "alice: Hello (edited)", "* bob may not write for now"]
    assert lines_of(person(bob), room) == told
    assert lines_of(person(alice), room) == ["alice: Before bob", *told]
    assert "\n    [2030-01-01 00:00] alice: Not I\n" in text_of(person(bob), room), "indented, so nobody said it"


def test_in_the_readers_language_and_time_zone(alice: User, bob: User, room: Seated) -> None:
    member = join(room, bob)
    at(factories.say(member, "Hello"), 2026, 7, 1, 21, 30)
    room_actions.block_member(caller=factories.caller(alice), member=member)
    User.objects.filter(pk=bob.pk).update(language="ar", time_zone="Africa/Cairo")

    text = text_of(person(bob), room)

    assert "[2026-07-02 00:30] bob: Hello\n" in text
    assert "Africa/Cairo" in text
    assert "[2026-07-01 21:30] bob: Hello\n" in text_of(person(alice), room)


def test_it_is_text_to_be_saved(alice: User, room: Seated) -> None:
    factories.say(room.member, "Grüße \N{WAVING HAND SIGN}")
    answer: Any = person(alice).get(f"/rooms/{room.space.slug}/transcript.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{room.space.slug}.txt"'
    assert "no-store" in answer["Cache-Control"]
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"Tea house\n"), "no byte order mark"
    assert "Grüße \N{WAVING HAND SIGN}" in content.decode()


def test_over_the_api_and_for_guests(alice: User, room: Seated) -> None:
    guest, token = factories.join_as_guest(room.space, "Gus")
    factories.say(guest, "Hi")

    assert lines_of(stranger(), room, api=True, headers={**bearer(token), "Accept": "text/plain"}) == ["Gus: Hi"]
    assert lines_of(guest_browser(room, guest), room, api=True) == ["Gus: Hi"]
    assert lines_of(guest_browser(room, guest), room) == ["Gus: Hi"]


def test_after_the_end_until_the_sweep_for_who_was_in(
    alice: User, bob: User, charlie: User, dana: User, room: Seated, settings: Any
) -> None:
    banned, left = join(room, bob), join(room, charlie)
    factories.say(left, "Hello")
    room_actions.leave_room(caller=factories.caller(charlie), slug=room.space.slug)
    room_actions.ban_member(caller=factories.caller(alice), member=banned)
    end(room)

    assert "charlie: Hello" in lines_of(person(alice), room)
    for client in (person(bob), person(charlie), person(dana), stranger()):
        for base in ("/rooms", "/api/v1/rooms"):
            assert client.get(f"{base}/{room.space.slug}/transcript.txt").status_code == 404
    end(room, ago=settings.ROOM_SWEEP_AFTER + 1)
    sweep_rooms()
    assert code_of(person(alice).get(f"/api/v1/rooms/{room.space.slug}/transcript.txt")) == (404, "not_found")


@pytest.mark.parametrize("many", [transcripts.AT_ONCE - 1, transcripts.AT_ONCE, 2 * transcripts.AT_ONCE + 1])
def test_a_long_one_comes_in_parts(alice: User, room: Seated, many: int, django_assert_max_num_queries: Any) -> None:
    factories.say_much(room.member, many)

    client = person(alice)
    with django_assert_max_num_queries(7):  # session, person; channel, seat; up to three parts
        told = lines_of(client, room)
    assert told == [f"alice: Line {number}" for number in range(1, many + 1)]


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_is_not_read_into_memory_first(alice: User, room: Seated) -> None:
    await db(factories.say, room.member, "Hello")
    client = AsyncClient()
    await client.aforce_login(alice)

    answer: Any = await client.get(f"/rooms/{room.space.slug}/transcript.txt")

    assert answer.is_async
    text = b"".join([part async for part in answer.streaming_content]).decode()
    assert "alice: Hello\n" in text
    await sync_to_async(connections.close_all)()  # of the thread in which the client asked


def test_staff_take_along_all_of_it_and_the_log_says_so(alice: User, bob: User, dana: User, room: Seated) -> None:
    factories.say(room.member, "Before anybody")
    asked = {"action": "export", "_selected_action": [str(room.space.pk)], "index": "0"}

    answer: Any = person(dana).post("/admin/rooms/space/", asked)

    assert "alice: Before anybody" in b"".join(answer.streaming_content).decode()
    entry = AuditEntry.objects.get(action="room_exported")
    assert (entry.actor, entry.target_id) == (dana, str(room.space.pk))
