"""Blocking, banning, and taking it back: by the room's owner and by staff, over REST."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from chat.models import Message
from rooms import actions
from rooms.models import Ban, Member, Space
from rooms.tests.factories import (
    ADDRESS,
    ELSEWHERE,
    ban,
    caller,
    code_of,
    end,
    guest_browser,
    join,
    join_path,
    make_guest,
    make_room,
    person,
    post_json,
    say,
    stranger,
)

pytestmark = pytest.mark.django_db
ACTS = ["block", "unblock", "ban", "unban"]


def act(client, room, member, name: str) -> Any:
    return post_json(client, f"rooms/{room.space.slug}/members/{member.pk}/{name}", {})


def send(client, room, nonce: str = "n1") -> Any:
    return post_json(client, f"channels/{room.channel.pk}/messages", {"nonce": nonce, "body": "Hello"})


def lines() -> list[Any]:
    return list(Message.objects.exclude(notice=None).order_by("pk").values_list("notice", flat=True))


def state_of(member: Member) -> str:
    return Member.objects.get(pk=member.pk).state


# --- Blocking


def test_who_is_blocked_reads_and_does_not_write(alice, bob, room):
    member = join(room, bob)
    own = say(room, member).message

    answer = act(person(alice), room, member, "block")

    assert (answer.status_code, answer.json()["state"]) == (200, "blocked")
    client = person(bob)
    assert code_of(send(client, room, "n2")) == (403, "blocked")
    edited = client.patch(f"/api/v1/messages/{own.pk}", {"body": "x"}, content_type="application/json")
    assert code_of(edited) == (403, "blocked")
    shown = client.get(f"/api/v1/channels/{room.channel.pk}/messages").json()["results"]
    assert [row["notice"] for row in shown] == [{"code": "blocked", "names": ["bob"]}, None]
    assert client.delete(f"/api/v1/messages/{own.pk}").status_code == 200


def test_unblocking_lets_them_write_again(alice, bob, room):
    member = join(room, bob)
    for name in ("block", "unblock"):
        answer = act(person(alice), room, member, name)

    assert answer.json()["state"] == "active"
    assert send(person(bob), room).status_code == 201
    assert [line["code"] for line in lines()] == ["blocked", "unblocked"]


def test_leaving_and_coming_back_does_not_undo_it(alice, bob, room):
    member = join(room, bob)
    act(person(alice), room, member, "block")
    actions.leave_room(caller=caller(bob), slug=room.space.slug)
    join(room, bob)

    assert state_of(member) == "blocked"
    assert code_of(send(person(bob), room)) == (403, "blocked")
    act(person(alice), room, member, "unblock")
    assert send(person(bob), room).status_code == 201


def test_who_has_left_comes_back_blocked(alice, bob, room):
    member = join(room, bob)
    actions.leave_room(caller=caller(bob), slug=room.space.slug)

    assert act(person(alice), room, member, "block").json()["state"] == "left"
    join(room, bob)

    assert state_of(member) == "blocked"


def test_a_guest_is_blocked_too(alice, room):
    guest = make_guest(room)
    act(person(alice), room, guest, "block")

    assert code_of(send(guest_browser(room, guest), room)) == (403, "blocked")


# --- Taking a ban back


def test_the_unbanned_may_come_back_at_once_by_account_and_from_their_address(alice, bob, charlie, room):
    member = join(room, bob, address=ADDRESS)
    ban(room, member)
    assert code_of(post_json(stranger(ADDRESS), join_path(room), {"nickname": "Other"})) == (403, "banned")

    answer = act(person(alice), room, member, "unban")

    assert (answer.status_code, answer.json()["state"]) == (200, "left")
    assert not Ban.objects.exists()
    again = post_json(person(bob, ADDRESS), join_path(room), {"nickname": "bob"})
    assert again.json()["member"]["id"] == str(member.pk)
    assert send(person(bob), room).status_code == 201
    assert post_json(stranger(ADDRESS), join_path(room), {"nickname": "Other"}).status_code == 200
    assert [line["code"] for line in lines()] == ["banned", "unbanned"]


def test_an_unbanned_guest_comes_back_by_the_same_cookie(alice, room):
    guest = make_guest(room)
    ban(room, guest)
    act(person(alice), room, guest, "unban")

    again = post_json(guest_browser(room, guest), join_path(room), {"nickname": "Gus"})
    assert again.json()["member"]["id"] == str(guest.pk)


def test_unbanning_one_leaves_the_others_from_there_banned(alice, bob, room):
    member, guest = join(room, bob, address=ELSEWHERE), make_guest(room, address=ELSEWHERE)
    ban(room, guest)
    ban(room, member)
    act(person(alice), room, member, "unban")

    assert code_of(post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "Other"})) == (403, "banned")


# --- A second time, and where it does not apply


@pytest.mark.parametrize("name", ACTS)
def test_a_second_time_changes_nothing(alice, bob, room, name, django_capture_on_commit_callbacks):
    member = join(room, bob)
    undone = {"unblock": "block", "unban": "ban"}.get(name)
    if undone:
        act(person(alice), room, member, undone)
    first = act(person(alice), room, member, name).json()
    said = lines()
    with django_capture_on_commit_callbacks() as told:
        second = act(person(alice), room, member, name)

    assert (second.status_code, second.json()) == (200, first)
    assert (lines(), told) == (said, [])


def test_who_is_banned_cannot_be_let_in_by_unblocking(alice, bob, room):
    member = join(room, bob)
    ban(room, member)

    for name in ("block", "unblock"):
        assert act(person(alice), room, member, name).json()["state"] == "banned"


# --- Who may


@pytest.mark.parametrize("name", ACTS)
def test_only_the_owner_and_staff(bob, charlie, dana, room, name):
    member = join(room, bob)
    guest = make_guest(room)
    for client in (person(charlie), person(bob), guest_browser(room, guest), stranger()):
        assert code_of(act(client, room, member, name)) == (404, "not_found")
    assert state_of(member) == "active"
    assert lines() == []

    assert act(person(dana), room, member, name).status_code == 200


@pytest.mark.parametrize("name", ACTS)
def test_not_on_oneself_and_not_on_the_owner(alice, dana, room, name):
    seat = join(room, dana)
    assert code_of(act(person(alice), room, room.member, name)) == (409, "not_on_oneself")
    assert code_of(act(person(dana), room, seat, name)) == (409, "not_on_oneself")
    assert code_of(act(person(dana), room, room.member, name)) == (409, "not_on_owner")


@pytest.mark.parametrize("name", ACTS)
def test_members_of_other_rooms_and_ids_that_are_none(alice, bob, room, name):
    garden = make_room(bob, name="Garden", nickname="bob")
    there = make_guest(garden)
    for wrong in (there.pk, 999999, 0, "x", "9" * 30, "%00"):
        path = f"rooms/{room.space.slug}/members/{wrong}/{name}"
        assert code_of(post_json(person(alice), path, {})) == (404, "not_found")
    assert state_of(there) == "active"


def test_the_place_itself_is_nobody(alice, bob, room):
    ban(room, join(room, bob))
    itself = Member.objects.get(kind=Member.Kind.SYSTEM)

    assert code_of(act(person(alice), room, itself, "ban")) == (404, "not_found")


@pytest.mark.parametrize("name", ACTS)
def test_after_the_end_nothing_of_it_happens(alice, dana, bob, room, name):
    member = join(room, bob)
    end(room)

    for user in (alice, dana):
        assert code_of(act(person(user), room, member, name)) == (410, "room_gone")
    assert state_of(member) == "active"


# --- The list


def states(client, room, query: str = "") -> list[str]:
    page = client.get(f"/api/v1/rooms/{room.space.slug}/members{query}")
    assert page.status_code == 200, page.content
    return sorted(row["state"] for row in page.json()["results"])


def test_the_banned_are_shown_to_the_owner_and_staff_alone(alice, bob, charlie, dana, room):
    join(room, charlie)
    ban(room, join(room, bob))

    for user in (alice, dana):
        assert states(person(user), room) == ["active", "active", "banned"]
        assert states(person(user), room, "?state=banned") == ["banned"]
    assert states(person(charlie), room) == ["active", "active"]
    path = f"/api/v1/rooms/{room.space.slug}/members?state=banned"
    assert code_of(person(charlie).get(path)) == (404, "not_found")


def test_no_address_is_shown(alice, bob, room):
    ban(room, join(room, bob))

    page = person(alice).get(f"/api/v1/rooms/{room.space.slug}/members?state=banned")
    assert ADDRESS not in page.content.decode()
    assert Ban.objects.get().address_key not in page.content.decode()


def test_a_state_that_is_none(alice, room):
    refused = person(alice).get(f"/api/v1/rooms/{room.space.slug}/members?state=nice")

    assert code_of(refused) == (400, "invalid")
    assert set(refused.json()["fields"]) == {"state"}


# --- The audit log


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("block", "active", "blocked"), ("unblock", "blocked", "active"), ("ban", "active", "banned"),
     ("unban", "banned", "left")],
)  # fmt: skip
def test_what_staff_do_is_in_the_log(alice, bob, dana, room, name, before, after):
    member = join(room, bob)
    undone = {"unblock": "block", "unban": "ban"}.get(name)
    if undone:
        act(person(alice), room, member, undone)
    act(person(dana, "192.0.2.77"), room, member, name)

    (entry,) = AuditEntry.objects.filter(target_type="rooms.member")
    assert (entry.actor, entry.target_id, entry.address) == (dana, str(member.pk), "192.0.2.77")
    assert (entry.before, entry.after) == ({"state": before}, {"state": after, "room": room.space.slug})


def test_what_owners_do_is_not(alice, bob, room):
    act(person(alice), room, join(room, bob), "ban")

    assert not AuditEntry.objects.filter(target_type="rooms.member").exists()


def test_a_forged_header_is_no_other_address(bob, room):
    ban(room, join(room, bob, address=ADDRESS))

    forged = {"X-Forwarded-For": "192.0.2.200"}
    refused = post_json(stranger(ADDRESS), join_path(room), {"nickname": "Other"}, headers=forged)
    assert code_of(refused) == (403, "banned")


# --- Addresses, by staff


def test_staff_ban_an_address(bob, charlie, dana, room):
    inside = join(room, charlie, address=ELSEWHERE)
    actions.ban_address(caller=caller(dana), space=room.space, address=ELSEWHERE)

    for client in (stranger(ELSEWHERE), person(bob, ELSEWHERE)):
        assert code_of(post_json(client, join_path(room), {"nickname": "Nobody"})) == (403, "banned")
    assert state_of(inside) == "active"
    assert post_json(stranger(ADDRESS), join_path(room), {"nickname": "Guest"}).status_code == 200
    entry = AuditEntry.objects.get(action="address_banned")
    assert ELSEWHERE not in str(entry.after)

    actions.lift_ban(caller=caller(dana), ban=Ban.objects.get())
    assert post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "Nobody"}).status_code == 200


def test_the_address_of_a_member_who_stays(dana, room):
    guest = make_guest(room, address=ELSEWHERE)
    actions.ban_address(caller=caller(dana), space=room.space, of=guest)

    assert code_of(post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "Nobody"})) == (403, "banned")
    assert state_of(guest) == "active"
    assert Space.objects.get().acl_rev == room.space.acl_rev
