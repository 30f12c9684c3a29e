"""The pages for whoever looks after a room. They work without JavaScript: forms, redirects, sentences."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from rooms import actions
from rooms.models import Member, Space
from rooms.tests.factories import (
    ADDRESS,
    ban,
    caller,
    end,
    guest_browser,
    join,
    make_guest,
    make_room,
    person,
    stranger,
)

pytestmark = pytest.mark.django_db


def path(room, *parts: Any) -> str:
    return "/".join(["/rooms", room.space.slug, *map(str, parts), ""])


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def state_of(member: Member) -> str:
    return Member.objects.get(pk=member.pk).state


def test_people_and_bans_with_a_way_to_each_act(alice, bob, charlie, room):
    member, other = join(room, bob), join(room, charlie)
    ban(room, other)

    page = words(person(alice).get(path(room, "people")))

    for name in ("block", "ban"):
        assert path(room, "people", member.pk, name) in page
    assert path(room, "people", other.pk, "unban") in page
    assert path(room, "people", room.member.pk, "block") not in page
    assert ADDRESS not in page
    assert path(room, "close") in page
    assert path(room, "hand-over") in page


def test_with_nobody_banned_it_says_so(alice, room):
    page = words(person(alice).get(path(room, "people")))

    assert "Nobody is banned" in page
    assert path(room, "hand-over") not in page, "nobody is there who could take it"


def test_for_others_there_is_no_such_page(bob, room):
    join(room, bob)
    for client in (person(bob), guest_browser(room, make_guest(room)), stranger()):
        for part in ("people", "close", "hand-over"):
            assert client.get(path(room, part)).status_code == 404
            assert client.get(path(room, "people", room.member.pk, "ban")).status_code == 404
    assert person(bob).post(path(room, "close")).status_code == 404
    assert Space.objects.get().is_living()


def test_staff_see_it_without_a_seat(bob, dana, room):
    member = join(room, bob)

    assert path(room, "people", member.pk, "ban") in words(person(dana).get(path(room, "people")))


@pytest.mark.parametrize("many", [1, 20])
def test_it_costs_as_many_queries_for_many_as_for_few(alice, room, many, django_assert_num_queries):
    for number in range(many):
        make_guest(room, f"Guest {number}")
    client = person(alice)

    with django_assert_num_queries(9):  # session, person, room, channel; own seat; people; statuses; heirs?; rail
        client.get(path(room, "people"))


def test_block_unblock_ban_unban(alice, bob, room):
    member, client = join(room, bob), person(alice)
    steps = [
        ("block", "blocked", "bob can read here, and not write."),
        ("unblock", "active", "bob may write again."),
        ("ban", "banned", "bob is out, and cannot come back."),
        ("unban", "left", "bob may come back."),
    ]
    for name, state, sentence in steps:
        answer = client.post(path(room, "people", member.pk, name), follow=True)
        assert (state_of(member), said(answer)) == (state, [sentence])
        assert answer.redirect_chain == [(path(room, "people"), 302)]


def test_a_ban_is_asked_first(alice, bob, room):
    member = join(room, bob)

    page = words(person(alice).get(path(room, "people", member.pk, "ban")))

    assert "Ban <bdi>bob</bdi>?" in page
    assert state_of(member) == "active"


def test_a_refusal_is_a_sentence_on_the_page(alice, room):
    answer = person(alice).post(path(room, "people", room.member.pk, "block"), follow=True)

    assert said(answer) == ["You cannot do that to yourself."]
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["block", "unblock", "unban"])
def test_nothing_happens_by_a_link(alice, bob, room, name):
    assert person(alice).get(path(room, "people", join(room, bob).pk, name)).status_code == 405


def test_a_form_from_elsewhere_does_nothing(alice, bob, room):
    member, client = join(room, bob), Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for part in ("close", "hand-over", f"people/{member.pk}/ban", f"people/{member.pk}/block"):
        assert client.post(path(room, part), {"member": member.pk}).status_code == 403
    assert (state_of(member), Space.objects.get().closed_at) == ("active", None)


def test_closing_is_asked_first_and_says_goodbye(alice, bob, room):
    join(room, bob)
    client = person(alice)
    assert "Close <bdi>Tea house</bdi> now?" in words(client.get(path(room, "close")))
    assert Space.objects.get().is_living()

    goodbye = client.post(path(room, "close"), follow=True)

    assert goodbye.status_code == 410
    assert "This room was closed" in words(goodbye)
    assert path(room, "transcript.txt")[:-1] in words(goodbye)


def test_handing_over(alice, bob, charlie, room):
    member, guest = join(room, bob), make_guest(room)
    client = person(alice)
    page = words(client.get(path(room, "hand-over")))
    assert f'<option value="{member.pk}">bob</option>' in page
    assert str(guest) not in page

    refused = client.post(path(room, "hand-over"), {"member": guest.pk})
    assert refused.status_code == 400
    assert "Please choose again." in words(refused)

    client.post(path(room, "hand-over"), {"member": member.pk})
    assert Member.objects.get(role="owner") == member
    assert client.get(path(room, "people")).status_code == 404


def test_leaving_asks_the_owner_who_looks_after_it_then(alice, bob, charlie, room):
    join(room, charlie)
    member, client = join(room, bob), person(alice)
    page = words(client.get(path(room, "leave")))
    assert "Who looks after the room then?" in page
    assert "Whoever has been here longest" in page

    assert client.post(path(room, "leave"), {"to": room.member.pk}).status_code == 400
    assert client.post(path(room, "leave"), {"to": member.pk}).url == "/rooms/"
    assert Member.objects.get(role="owner") == member


def test_leaving_without_a_choice_is_for_everybody(alice, bob, room):
    member = join(room, bob)
    assert "Who looks after" not in words(person(bob).get(path(room, "leave")))

    assert person(alice).post(path(room, "leave")).url == "/rooms/"
    assert Member.objects.get(role="owner") == member
    assert person(alice).get(path(room, "leave")).status_code == 404


# --- Goodbye


def test_who_was_in_at_the_end_is_offered_what_was_said(alice, bob, charlie, dana, room):
    join(room, bob)
    join(room, charlie)
    guest = make_guest(room)
    actions.leave_room(caller=caller(charlie), slug=room.space.slug)
    end(room)

    link = path(room, "transcript.txt")[:-1]
    for client in (person(alice), person(bob), guest_browser(room, guest)):
        page = client.get(path(room))
        assert page.status_code == 410
        assert link in words(page)
        assert "59 minutes left" in words(page)
    for client in (person(charlie), person(dana), stranger()):
        page = client.get(path(room))
        assert page.status_code == 410
        assert link not in words(page)


def test_the_banned_find_nothing_there(bob, room):
    ban(room, join(room, bob))
    end(room)

    assert person(bob).get(path(room)).status_code == 404


def test_the_owner_of_another_room_is_a_stranger(bob, charlie, room):
    make_room(bob, name="Garden", nickname="bob")
    member = join(room, charlie)

    assert person(bob).post(path(room, "people", member.pk, "ban")).status_code == 404
    assert state_of(member) == "active"


# --- The way to somebody's page


def test_who_is_in_is_led_to_the_page_of_who_has_an_account(alice, bob, room, django_assert_num_queries):
    member, guest = join(room, bob, nickname="Robert"), make_guest(room, "Gus")
    for client in (person(alice), guest_browser(room, guest)):
        assert client.get(path(room, "people", member.pk, "profile")).url == "/people/bob/"
    client = person(alice)
    with django_assert_num_queries(5):  # session, person; room, channel; the seat with its person
        client.get(path(room, "people", room.member.pk, "profile"))


def test_nobody_else_is_and_guests_have_none(alice, bob, charlie, room):
    member, guest = join(room, bob), make_guest(room, "Gus")
    for client in (person(charlie), stranger()):
        assert client.get(path(room, "people", member.pk, "profile")).status_code == 404
    owner = person(alice)
    for other in (guest.pk, 0, "x", "9" * 30, make_room(charlie, name="Elsewhere").member.pk):
        assert owner.get(path(room, "people", other, "profile")).status_code == 404
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert owner.get(path(room, "people", member.pk, "profile")).status_code == 404
    end(room)
    assert owner.get(path(room, "people", room.member.pk, "profile")).status_code == 410
