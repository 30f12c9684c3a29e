"""What was said as a PDF, made while its reader waits: who gets it, and what stands in it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections
from django.test import AsyncClient, Client

from accounts.models import AuditEntry, User
from accounts.tests.factories import bearer, make_dana, make_person, sign_in
from chat import actions
from chat.doors import AT_ONCE
from chat.models import Message, TranscriptFile
from chat.tests import factories
from chat.tests.gateway import db
from chat.tests.pdfs import links_of, read, text_of
from rooms import actions as room_actions
from rooms.models import Member
from rooms.schedule import sweep_rooms
from rooms.tests.factories import Seated, code_of, end, guest_browser, join, make_room, person, stranger

pytestmark = pytest.mark.django_db

PAGE, API = "/rooms/{}/transcript.pdf", "/api/v1/rooms/{}/transcript.pdf"


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def room(alice: User) -> Seated:
    return make_room(alice)


@pytest.fixture
def dana(db: None) -> User:
    return make_dana()


def pdf(client: Client, room: Seated, base: str = PAGE, **extra: Any) -> Any:
    return client.get(base.format(room.space.slug), **extra)


def at(message: Message, *moment: int) -> None:
    Message.objects.filter(pk=message.pk).update(created_at=datetime(*moment, tzinfo=UTC))  # type: ignore[misc,arg-type]  # year to second


def test_it_has_what_was_said_since_one_joined(alice: User, bob: User, room: Seated) -> None:
    before = factories.say(room.member, "Before bob")
    member = join(room, bob)
    factories.say(member, "Hello, all of you")
    edited = factories.say(room.member, "Helo")
    factories.edit(alice, edited, "Good morning")
    deleted = factories.say(room.member, "A secret")
    actions.delete_message(caller=factories.caller(alice), message_id=deleted.pk)
    room_actions.block_member(caller=factories.caller(alice), member=member)
    factories.edit(alice, before, "Before bob, and edited since")

    told = text_of(pdf(person(bob), room))

    assert "Tea house" in told
    places = [told.index(words) for words in ("Hello, all of you", "Good morning", "bob may not write for now")]
    assert places == sorted(places)
    assert "(edited)" in told
    for hidden in ("Before bob", "A secret", "Helo "):
        assert hidden not in told
    assert "Before bob, and edited since" in text_of(pdf(person(alice), room))


def test_its_head_says_where_who_and_when(alice: User, bob: User, room: Seated, settings: Any) -> None:
    settings.PUBLIC_URL = "https://plaza.example"
    gone = join(room, make_person("petra"))
    at(factories.say(gone, "I have to go"), 2026, 7, 1, 9, 0)
    room_actions.leave_room(caller=factories.caller(User.objects.get(username="petra")), slug=room.space.slug)
    at(factories.say(join(room, bob), "Hello"), 2026, 7, 2, 21, 30)
    silent = make_person("nora")
    join(room, silent)
    room_actions.leave_room(caller=factories.caller(silent), slug=room.space.slug)

    document = read(pdf(person(alice), room))
    told = " ".join(document.pages[0].extract_text().split())

    assert "alice, bob, petra" in told
    assert "nora" not in told, "who neither said anything nor is there is not named"
    for words in ("From 1 July 2026, 09:00 To 2 July 2026, 21:30", "UTC"):
        assert words in told, words
    assert f"https://plaza.example/rooms/{room.space.slug}/" in links_of(document)
    assert document.metadata is not None
    assert document.metadata.title == "Tea house"


def test_of_a_thousand_people_two_hundred_are_named(alice: User, room: Seated) -> None:
    names = [f"Somebody with a long name {number:04}" for number in range(999)]
    Member.objects.bulk_create(
        Member(
            space=room.space, kind=Member.Kind.GUEST, nickname=name, nickname_key=name.lower(), nickname_skeleton=name
        )
        for name in names
    )

    told = text_of(pdf(person(alice), room))

    assert told.count("Somebody with a long name") == 199
    assert "and 800 others" in told


def test_a_day_of_its_own_has_a_line_once(alice: User, room: Seated) -> None:
    for moment in ((2026, 7, 1, 9), (2026, 7, 1, 23), (2026, 7, 3, 8)):
        at(factories.say(room.member, f"At {moment[3]}"), *moment)

    told = text_of(pdf(person(alice), room))

    assert told.count("1 July 2026") == 2, "where it begins, and the day"
    places = [told.rindex(words) for words in ("1 July 2026", "At 9", "At 23", "3 July 2026", "At 8")]
    assert places == sorted(places)


def test_in_the_readers_language_direction_and_time_zone(alice: User, bob: User, room: Seated) -> None:
    member = join(room, bob)
    at(factories.say(member, "Hello"), 2026, 7, 1, 21, 30)
    User.objects.filter(pk=bob.pk).update(language="ar", time_zone="Africa/Cairo")

    answer = pdf(person(bob), room)
    document = read(answer)

    assert "Africa/Cairo" in " ".join(document.pages[0].extract_text().split())
    assert "12:30" in document.pages[0].extract_text(), "past midnight in Cairo"
    assert str(document.root_object["/Lang"]) == "ar"
    assert "bob 21:30 Hello" in text_of(pdf(person(alice), room))


def test_who_has_chosen_no_time_zone_gets_their_devices(alice: User, room: Seated) -> None:
    at(factories.say(room.member, "Hello"), 2026, 7, 1, 21, 30)
    guest, _token = factories.join_as_guest(room.space, "Gus")
    at(factories.say(guest, "Hi"), 2026, 7, 1, 21, 40)

    for client, said in ((person(alice), "alice 00:30 Hello"), (guest_browser(room, guest), "Gus 00:40 Hi")):
        client.cookies["plaza_time_zone"] = "Africa/Cairo"
        told = text_of(pdf(client, room))
        assert said in told
        assert "Africa/Cairo" in told


def test_pages_are_numbered_in_words_in_the_readers_language(alice: User, room: Seated) -> None:
    factories.say(room.member, "\n".join(["Much"] * 80))

    assert [page.extract_text().split("\n")[-1] for page in read(pdf(person(alice), room)).pages] == [
        "Tea house Page 1 of 2",
        "Tea house Page 2 of 2",
    ]
    User.objects.update(language="ar")
    for number, page in enumerate(read(pdf(person(alice), room)).pages, 1):
        shown = page.extract_text().split("\n")[-1]
        assert all(word in shown for word in ("صفحة", "من", str(number), "2"))


def test_what_people_wrote_stands_there_as_they_wrote_it(alice: User, room: Seated) -> None:
    factories.say(room.member, "**Mine** flickers <b>a little</b> &amp; [so](https://plaza.example/a?b=1&c=2)")
    factories.say(room.member, "مساء الخير")
    factories.say(room.member, "नमस्ते")

    told = text_of(pdf(person(alice), room))

    assert "**Mine** flickers <b>a little</b> &amp; [so](https://plaza.example/a?b=1&c=2)" in told
    for word in ("مساء", "الخير", "नमस्ते"):
        assert word in told


def test_a_room_in_which_nothing_was_said(alice: User, room: Seated) -> None:
    assert "Nothing was said here." in text_of(pdf(person(alice), room))


def test_over_the_api_and_for_guests(alice: User, room: Seated) -> None:
    guest, token = factories.join_as_guest(room.space, "Gus")
    factories.say(guest, "Hi there")

    for accepted in ("application/pdf", "application/json", "*/*"):
        answer = pdf(stranger(), room, API, headers={**bearer(token), "Accept": accepted})
        assert "Hi there" in text_of(answer)
    assert "Hi there" in text_of(pdf(guest_browser(room, guest), room, API))
    assert "Hi there" in text_of(pdf(guest_browser(room, guest), room))


def test_somebody_elses_is_not_there_for_any_role(alice: User, bob: User, charlie: User, dana: User) -> None:
    room = make_room(alice)
    left, banned = join(room, bob), join(room, charlie)
    factories.say(left, "Hello")
    room_actions.leave_room(caller=factories.caller(bob), slug=room.space.slug)
    room_actions.ban_member(caller=factories.caller(alice), member=banned)
    owner = make_person("petra")
    make_room(owner, name="Elsewhere", nickname="petra")

    for user in (bob, charlie, dana, owner):
        assert pdf(person(user), room).status_code == 404
        answer = pdf(stranger(), room, API, headers=bearer(sign_in(user.username).access))
        assert code_of(answer) == (404, "not_found"), user
    for base in (PAGE, API):
        assert pdf(stranger(), room, base).status_code == 404
    assert not TranscriptFile.objects.exists()


def test_after_the_end_until_the_sweep_for_who_was_in(
    alice: User, bob: User, charlie: User, dana: User, room: Seated, settings: Any
) -> None:
    later = join(room, bob)
    factories.say(later, "Hello")
    end(room)

    assert "Hello" in text_of(pdf(person(alice), room))
    assert "Hello" in text_of(pdf(person(bob), room, API))
    for client in (person(charlie), person(dana), stranger()):
        for base in (PAGE, API):
            assert pdf(client, room, base).status_code == 404
    end(room, ago=settings.ROOM_SWEEP_AFTER + 1)
    sweep_rooms()
    assert code_of(pdf(person(alice), room, API)) == (404, "not_found")


def test_a_conversation_too(alice: User, bob: User, charlie: User) -> None:
    started = room_actions.start_conversation(caller=factories.caller(alice), people=["@bob"])
    factories.say(Member.objects.get(space=started.space, user=alice), "Only for you")
    slug = started.space.slug

    for base in ("/conversations", "/api/v1/conversations"):
        answer = person(alice).get(f"{base}/{slug}/transcript.pdf")
        told = text_of(answer)
        assert "bob" in told[:20], "it is named after whom it is with"
        assert "Only for you" in told
        assert b"Only for you" in person(bob).get(f"{base}/{slug}/transcript.txt").getvalue()
        for kind in ("txt", "pdf"):
            assert person(charlie).get(f"{base}/{slug}/transcript.{kind}").status_code == 404
            assert person(alice).get(f"/rooms/{slug}/transcript.{kind}").status_code == 404
    assert stranger().get(f"/conversations/{slug}/transcript.pdf").status_code == 302
    assert stranger().get(f"/api/v1/conversations/{slug}/transcript.pdf").status_code in (401, 404)


def test_of_several_who_was_added_later_gets_what_was_said_since(alice: User, bob: User, charlie: User) -> None:
    caller = factories.caller(alice)
    make_person("nora")
    started = room_actions.start_conversation(caller=caller, people=["@bob", "@nora"])
    seat = Member.objects.get(space=started.space, user=alice)
    factories.say(seat, "Before charlie")
    room_actions.add_people(caller=caller, space=started.space, people=["@charlie"])
    factories.say(seat, "Welcome, charlie")

    told = text_of(person(charlie).get(f"/conversations/{started.space.slug}/transcript.pdf"))

    assert "Welcome, charlie" in told
    assert "Before charlie" not in told


def test_as_many_questions_for_many_as_for_one(alice: User, room: Seated, django_assert_num_queries: Any) -> None:
    client = person(alice)
    for many in (1, AT_ONCE - 2):
        factories.say_much(room.member, many)
        with django_assert_num_queries(8):  # session, person; channel, seat, a file; ends, people, what was said
            read(pdf(client, room))


def test_too_many_in_a_while_are_refused(alice: User, room: Seated, settings: Any) -> None:
    settings.RATE_TRANSCRIPTS = "1/h"
    read(pdf(person(alice), room))

    refused = pdf(person(alice), room, API)

    assert code_of(refused) == (429, "slow_down")
    assert int(refused["Retry-After"]) > 60
    assert pdf(person(alice), room).status_code == 429


def test_guests_behind_one_address_count_each_for_themselves(room: Seated, settings: Any) -> None:
    settings.RATE_TRANSCRIPTS = "1/h"
    for name in ("Gus", "Gil"):
        guest, _token = factories.join_as_guest(room.space, name)
        read(pdf(guest_browser(room, guest), room))


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_is_not_read_into_memory_first(alice: User, room: Seated) -> None:
    await db(factories.say, room.member, "Hello")
    client = AsyncClient()
    await client.aforce_login(alice)

    answer: Any = await client.get(PAGE.format(room.space.slug))

    assert answer.is_async
    content = b"".join([part async for part in answer.streaming_content])
    assert content.startswith(b"%PDF-")
    assert len(content) == int(answer["Content-Length"])
    await sync_to_async(connections.close_all)()  # of the thread in which the client asked


def test_staff_take_along_all_of_it_and_the_log_says_so(alice: User, bob: User, dana: User, room: Seated) -> None:
    factories.say(room.member, "Before anybody")
    asked = {"action": "export_pdf", "_selected_action": [str(room.space.pk)], "index": "0"}

    assert "Before anybody" in text_of(person(dana).post("/admin/rooms/space/", asked))

    entry = AuditEntry.objects.get(action="room_exported")
    assert (entry.actor, entry.target_id) == (dana, str(room.space.pk))


def test_pages_offer_it(alice: User, bob: User, room: Seated) -> None:
    started = room_actions.start_conversation(caller=factories.caller(alice), people=["@bob"])
    slug, talk = room.space.slug, started.space.slug
    pages = {f"/rooms/{slug}/": slug, f"/rooms/{slug}/people/": slug, f"/conversations/{talk}/": talk}
    for path, name in pages.items():
        shown = person(alice).get(path).content.decode()
        for kind in ("pdf", "txt"):
            assert f"/{name}/transcript.{kind}" in shown, path
    end(room)
    goodbye = person(alice).get(f"/rooms/{slug}/")
    assert f"/rooms/{slug}/transcript.pdf" in goodbye.content.decode()
