"""Being named with an @: who it is, what is kept of it, and what it costs."""

import re
import time
from html import unescape

import pytest

from accounts.tests.factories import make_charlie, make_person
from chat import actions, mentions, payloads
from chat.models import Mention, Message
from chat.tests import factories
from chat.tests.factories import edit, join, join_as_guest, say
from core.markup import render
from rooms.models import Member, PersonBlock
from rooms.tests.factories import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(place, charlie):
    """Nicknames of several scripts, one of them with a space in it."""
    named = {"Bob Smith": charlie}
    for nickname, username in (("小明", "ming"), ("Åsa-Lena", "asa"), ("أحمد علي", "ahmad"), ("C++", "cpp")):
        named[nickname] = make_person(username)
    return {nickname: join(place.space, user, nickname) for nickname, user in named.items()} | {"bob": place.bob}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello @bob", ["bob"]),
        ("@BOB, come here", ["bob"]),
        ("@bob smith!", ["Bob Smith"]),
        ("@bob smithy", ["bob"]),
        ("(@bob) @bob @Bob Smith", ["bob", "Bob Smith"]),
        ("＠ｂｏｂ", ["bob"]),
        ("@小明你好", ["小明"]),
        ("你好@小明", ["小明"]),
        ("@A\u030asa-lena’s turn", ["Åsa-Lena"]),
        ("يا @أحمد علي، تعال", ["أحمد علي"]),
        ("@c++11", ["C++"]),
        ("@bobby", []),
        ("@bob\u0301", []),
        ("mail me: me@bob", []),
        ("@ bob", []),
        ("@alice talks of herself", []),
        ("@everyone @all @here", []),
        ("@" * 50, []),
        ("no sign at all: bob", []),
    ],
)
def test_who_is_named(place, cast, body, expected):
    message = say(place.alice, body)
    shown = {row.member.nickname for row in Mention.objects.select_related("member")}
    assert shown == set(expected)
    assert {row.member.nickname for row in message.mentioned} == set(expected)
    assert set(Mention.objects.values_list("seq", "channel")) <= {(message.seq, place.channel.pk)}


def test_the_message_says_who_is_named_live_and_in_the_history(place, bob):
    say(place.alice, "Hello @bob")
    (shown,) = person(bob).get(f"/api/v1/channels/{place.channel.pk}/messages").json()["results"]
    assert shown["mentions"] == [{"id": str(place.bob.pk), "name": "bob"}]


@pytest.mark.parametrize(
    ("body", "chips"),
    [
        ("Hello @bob", ["@bob"]),
        ("@BOB, come here, **@bob**\n\n> @Bob", ["@BOB", "@bob", "@Bob"]),
        ("@bob smith! and @bob smithy", ["@bob smith", "@bob"]),
        ("＠ｂｏｂ", ["＠ｂｏｂ"]),
        ("@小明你好", ["@小明"]),
        ("@A\u030asa-lena’s turn", ["@A\u030asa-lena"]),
        ("يا @أحمد علي، تعال", ["@أحمد علي"]),
        ("@c++11", ["@c++"]),
        ("@bobby, me@bob, @ bob", []),
        ("see `@bob`\n```\n@bob\n```\nand @bob", ["@bob"]),
        ("[@bob](https://a.example) https://a.example/@bob @bob", ["@bob"]),
        ("<b title=@bob>", ["@bob"]),
        ("*" * 250 + " @bob", ["@bob"]),
        ("@bob\n\nsmith", ["@bob"]),
        ("@bob " * 25, ["@bob"] * 20),
    ],
)
def test_names_are_marked_in_the_text_as_they_were_typed(place, cast, body, chips):
    message = say(place.alice, body)
    html = payloads.message(message)["html"]
    assert [
        unescape(found) for found in re.findall(r'<bdi class="mention" data-member="\d+">(.*?)</bdi>', html)
    ] == chips
    named = {str(row.member_id) for row in message.mentioned}
    assert set(re.findall(r'data-member="(\d+)"', html)) == (named if chips else set())
    unmarked = re.sub(r'<bdi class="mention" data-member="\d+">|</bdi>', "", html)
    assert unmarked == render(body), "nothing else is another than without"


def test_the_page_marks_ones_own_name_and_nobody_elses(place, alice, bob, charlie):
    join(place.space, charlie)
    say(place.alice, '@bob and @charlie <bdi class="mention" data-member="1">')
    for reader, own, other in ((bob, "bob", "charlie"), (charlie, "charlie", "bob")):
        page = shown_to(reader, place)
        assert re.findall(r'<bdi class="mention is-me" data-member="\d+">(.*?)</bdi>', page) == [f"@{own}"]
        assert re.findall(r'<bdi class="mention" data-member="\d+">(.*?)</bdi>', page) == [f"@{other}"]
    assert 'class="mention is-me"' not in shown_to(alice, place)


def shown_to(reader, place):
    """What the room's page has of what was said, without what was written, which it has for who edits it."""
    page = person(reader).get(f"/rooms/{place.space.slug}/").content.decode()
    return re.sub(r'data-written="[^"]*"', "", page.partition('id="messages"')[2].partition("</ol>")[0])


def test_only_who_is_there_is_named(place):
    gone = join(place.space, make_charlie())
    Member.objects.filter(pk=gone.pk).update(state=Member.State.LEFT)
    stranger = factories.make_room(make_person("dave")).member
    say(place.alice, f"@{gone.nickname} @{stranger.nickname}")
    assert not Mention.objects.exists()


def test_a_guest_can_be_named(place):
    guest, _token = join_as_guest(place.space, "Gus")
    say(place.alice, "@gus hello")
    assert Mention.objects.get().member == guest


def test_who_ignores_somebody_is_not_named_by_them(place, alice, bob):
    PersonBlock.objects.create(by=bob, of=alice)
    other = join(place.space, make_charlie())
    say(place.alice, "@bob @charlie")
    say(other, "@bob")
    assert [(row.member_id, row.seq) for row in Mention.objects.order_by("pk")] == [(other.pk, 1), (place.bob.pk, 2)]


def test_an_edit_changes_who_is_named_and_a_deletion_takes_it_back(place, alice, charlie):
    late = join(place.space, charlie)
    message = say(place.alice, "@bob")
    Member.objects.filter(pk=late.pk).update(from_seq=message.seq)  # joined after it was said: cannot see it

    edited = edit(alice, message, "@charlie and @bob")
    assert [row.member_id for row in edited.mentioned] == [place.bob.pk]
    edit(alice, message, "nobody")
    assert not Mention.objects.exists()
    edit(alice, message, "@bob again")
    assert Mention.objects.get().member == place.bob
    actions.delete_message(caller=factories.caller(alice), message_id=message.pk)
    assert not Mention.objects.exists()


def test_the_same_nonce_again_names_nobody_twice(place):
    first = say(place.alice, "@bob", nonce="n1")
    again = actions.post_message(actions.Draft(place.channel.pk, place.alice.pk, "n1", "@bob"))
    assert (again.created, again.message.pk) == (False, first.pk)
    assert [row.member_id for row in again.message.mentioned] == [place.bob.pk]
    assert Mention.objects.count() == 1


def drafts(place, bodies):
    return [actions.Draft(place.channel.pk, place.alice.pk, f"m{n}", body) for n, body in enumerate(bodies)]


def test_a_batch_asks_once_who_is_named_and_not_at_all_without_a_sign(place, django_assert_num_queries, vendor):
    # Members; then one statement on PostgreSQL, several in a transaction on SQLite.
    write = 1 if vendor == "postgresql" else 7
    with django_assert_num_queries(1 + write):
        actions.post_messages(drafts(place, [f"Line {n}" for n in range(50)]))
    # Who is named, their browsers; on SQLite their rows; what is unread for them now.
    with django_assert_num_queries(1 + write + (3 if vendor == "postgresql" else 4)):
        actions.post_messages([actions.Draft(place.channel.pk, place.alice.pk, f"x{n}", "@bob") for n in range(50)])
    assert Mention.objects.count() == 50


@pytest.fixture
def vendor():
    from django.db import connection

    return connection.vendor


def test_hostile_bodies_take_no_time(place):
    started = time.perf_counter()
    bodies = ["@" * 4000, "@小" * 2000, "@\ufdfa" * 2000, ("@" + "a " * 60) * 30, "@" + "e\u0301" * 1999]
    say_all = actions.post_messages(drafts(place, [body[:4000] for body in bodies]))
    assert all(isinstance(outcome, actions.Posted) for outcome in say_all)
    assert Message.objects.count() == len(bodies)
    assert time.perf_counter() - started < 5  # a busy machine; on a quiet one it is a tenth of a second


def test_the_spelling_of_many_signs_is_bounded():
    assert len(list(mentions._spelled("@x " * 1000))) == mentions.MOST_SIGNS
