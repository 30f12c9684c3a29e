"""Out at once, and for as long as the room lives: by account, by nickname and by address."""

import pytest

from accounts.tests.factories import bearer
from core.errors import NotFound
from rooms import actions
from rooms.callers import guest_token
from rooms.errors import NotOnOneself, NotOnOwner
from rooms.models import Ban, Member, Space
from rooms.tests.factories import (
    ADDRESS,
    ELSEWHERE,
    ROOM_PASSWORD,
    ban,
    caller,
    code_of,
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


def test_a_banned_member_is_out_and_their_sockets_hear_of_it(bob, room, django_capture_on_commit_callbacks):
    member = join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        ban(room, member)

    member.refresh_from_db()
    assert member.state == "banned"
    assert Space.objects.get().acl_rev == room.space.acl_rev + 1
    assert len(told) == 3  # `member` to the room, `out` to the banned, and the line that everybody reads


def test_a_banned_member_cannot_return_by_account(bob, room):
    ban(room, join(room, bob))

    response = post_json(person(bob, "192.0.2.99"), join_path(room), {"nickname": "bob"})

    assert code_of(response) == (403, "banned")


@pytest.mark.parametrize("nickname", ["other", "alice", "x", "", "y" * 400, "zero\u200bwidth"])
def test_a_banned_member_cannot_return_under_another_nickname(bob, room, nickname):
    ban(room, join(room, bob))

    assert code_of(post_json(person(bob), join_path(room), {"nickname": nickname})) == (403, "banned")
    assert Member.objects.get(user=bob).nickname == "bob"


def test_a_banned_person_cannot_return_as_a_guest_from_their_address(bob, room):
    ban(room, join(room, bob, address=ADDRESS))

    assert code_of(post_json(stranger(ADDRESS), join_path(room), {"nickname": "Nobody"})) == (403, "banned")
    assert not Member.objects.filter(kind="guest").exists()


def test_nor_from_the_same_ipv6_network(bob, room):
    ban(room, join(room, bob, address="2001:db8:1:2::10"))

    nearby = post_json(stranger("2001:db8:1:2:ffff::1"), join_path(room), {"nickname": "Nobody"})
    next_door = post_json(stranger("2001:db8:1:3::10"), join_path(room), {"nickname": "Neighbour"})

    assert code_of(nearby) == (403, "banned")
    assert next_door.status_code == 200


def test_a_banned_guest_cannot_return_by_the_old_token(client, room):
    guest = make_guest(room)
    ban(room, guest)

    token = bearer(guest_token(guest, room.space))
    for nickname in ("Gus", "another"):
        again = post_json(client, join_path(room), {"nickname": nickname}, headers=token, REMOTE_ADDR="192.0.2.99")
        assert code_of(again) == (403, "banned")
    again = post_json(guest_browser(room, guest, "192.0.2.99"), join_path(room), {"nickname": "Gus"})
    assert code_of(again) == (403, "banned")


def test_a_banned_guest_cannot_return_without_the_token_from_their_address(room):
    ban(room, make_guest(room, address=ELSEWHERE))

    assert code_of(post_json(stranger(ELSEWHERE), join_path(room), {"nickname": "Other"})) == (403, "banned")


def test_a_banned_guest_cannot_return_with_an_account_from_their_address(bob, room):
    ban(room, make_guest(room, address=ELSEWHERE))

    assert code_of(post_json(person(bob, ELSEWHERE), join_path(room), {"nickname": "bob"})) == (403, "banned")


def test_the_nickname_of_the_banned_stays_taken(charlie, bob, room):
    ban(room, join(room, bob))

    again = post_json(person(charlie, "192.0.2.99"), join_path(room), {"nickname": "B\u043eb"})  # a Cyrillic o
    assert code_of(again) == (409, "nickname_taken")


def test_a_password_does_not_help(bob, private_room):
    ban(private_room, join(private_room, bob, password=ROOM_PASSWORD))

    given = {"nickname": "bob", "password": ROOM_PASSWORD}
    assert code_of(post_json(person(bob), join_path(private_room), given)) == (403, "banned")


def test_everything_else_looks_like_missing_to_the_banned(bob, room):
    member = join(room, bob)
    message = say(room, member).message
    ban(room, member)

    client = person(bob)
    slug, channel = room.space.slug, room.channel.pk
    edited = client.patch(f"/api/v1/messages/{message.pk}", {"body": "x"}, content_type="application/json")
    for response in (
        client.get(f"/api/v1/rooms/{slug}"),
        client.get(f"/api/v1/rooms/{slug}/members"),
        post_json(client, f"rooms/{slug}/leave", {}),
        client.get(f"/api/v1/channels/{channel}/messages"),
        post_json(client, f"channels/{channel}/messages", {"nonce": "n2", "body": "x"}),
        edited,
        client.delete(f"/api/v1/messages/{message.pk}"),
    ):
        assert code_of(response) == (404, "not_found")
    assert client.get("/api/v1/rooms").json()["results"] == []
    assert client.get(f"/rooms/{slug}/").status_code == 404
    assert slug not in client.get("/rooms/").content.decode()


def test_a_neighbour_who_is_inside_stays_and_may_change_nickname(bob, charlie, room):
    neighbour = join(room, charlie, address=ADDRESS)
    guest = make_guest(room, address=ADDRESS)
    ban(room, join(room, bob, address=ADDRESS))

    assert set(Member.objects.present().values_list("pk", flat=True)) == {room.member.pk, neighbour.pk, guest.pk}
    assert person(charlie).get(f"/api/v1/rooms/{room.space.slug}/members").status_code == 200
    assert post_json(person(charlie), join_path(room), {"nickname": "Charles"}).status_code == 200
    assert post_json(guest_browser(room, guest, ADDRESS), join_path(room), {"nickname": "Gustav"}).status_code == 200


def test_a_neighbour_who_leaves_stays_out(bob, charlie, room):
    join(room, charlie, address=ADDRESS)
    ban(room, join(room, bob, address=ADDRESS))
    client = person(charlie, ADDRESS)
    post_json(client, f"rooms/{room.space.slug}/leave", {})

    assert code_of(post_json(client, join_path(room), {"nickname": "charlie"})) == (403, "banned")
    assert post_json(person(charlie, "192.0.2.99"), join_path(room), {"nickname": "charlie"}).status_code == 200


def test_the_owner_comes_back_even_from_a_banned_address(alice, bob, room):
    ban(room, join(room, bob, address=ADDRESS))
    client = person(alice, ADDRESS)
    post_json(client, f"rooms/{room.space.slug}/leave", {})

    assert post_json(client, join_path(room), {"nickname": "alice"}).status_code == 200


def test_a_ban_is_of_one_room_only(alice, bob, room):
    garden = make_room(alice, name="Garden")
    ban(room, join(room, bob))

    assert post_json(person(bob), join_path(garden), {"nickname": "bob"}).status_code == 200


def test_who_has_left_can_be_banned(bob, room):
    member = join(room, bob)
    actions.leave_room(caller=caller(bob), slug=room.space.slug)
    ban(room, member)

    assert code_of(post_json(person(bob, "192.0.2.99"), join_path(room), {"nickname": "bob"})) == (403, "banned")


def test_the_address_of_the_last_joining_counts(bob, room):
    member = join(room, bob, address="192.0.2.1")
    actions.leave_room(caller=caller(bob), slug=room.space.slug)
    join(room, bob, address="192.0.2.2")
    ban(room, member)

    assert code_of(post_json(stranger("192.0.2.2"), join_path(room), {"nickname": "Other"})) == (403, "banned")
    assert post_json(stranger("192.0.2.1"), join_path(room), {"nickname": "Other"}).status_code == 200


def test_staff_may_ban_without_sitting_in_the_room(bob, dana, room):
    actions.ban_member(caller=caller(dana), member=join(room, bob))

    assert Ban.objects.get().banned_by == dana


def test_banning_twice_is_one_ban(bob, room):
    member = join(room, bob)
    ban(room, member)
    ban(room, member)

    assert Ban.objects.count() == 1


def assert_nothing_happened(space: Space, told: list) -> None:
    assert not Ban.objects.exists()
    assert not Member.objects.filter(state="banned").exists()
    assert Space.objects.get(pk=space.pk).acl_rev == space.acl_rev
    assert told == []


def test_other_members_and_strangers_cannot_ban(bob, charlie, room, django_capture_on_commit_callbacks):
    member = join(room, charlie)
    join(room, bob)
    with django_capture_on_commit_callbacks() as told:
        for one in (caller(bob), caller(None), caller(guest=make_guest(room))):
            with pytest.raises(NotFound):
                actions.ban_member(caller=one, member=member)

    assert_nothing_happened(room.space, told[1:])  # the guest's joining


def test_the_owner_of_another_room_cannot_ban_here(bob, charlie, room):
    make_room(bob, name="Bob's", nickname="bob")
    member = join(room, charlie)

    with pytest.raises(NotFound):
        actions.ban_member(caller=caller(bob), member=member)


def test_nobody_bans_themselves_or_the_owner(alice, dana, room, django_capture_on_commit_callbacks):
    own = join(room, dana)
    with django_capture_on_commit_callbacks() as told:
        with pytest.raises(NotOnOneself):
            actions.ban_member(caller=caller(alice), member=room.member)
        with pytest.raises(NotOnOneself):
            actions.ban_member(caller=caller(dana), member=own)
        with pytest.raises(NotOnOwner):
            actions.ban_member(caller=caller(dana), member=room.member)

    assert_nothing_happened(room.space, told)


def test_the_ban_ends_with_the_room(bob, room):
    from rooms.tests.factories import end

    ban(room, join(room, bob))
    end(room)
    actions.sweep_room(room.space)

    assert not Ban.objects.exists()
    assert post_json(person(bob), "rooms", {"name": "Tea house", "nickname": "bob"}).status_code == 201
