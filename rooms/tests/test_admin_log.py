"""Each act of the staff on rooms and on who is there: asked first where it hurts, done, and in the audit log."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.tests.factories import make_person
from rooms import actions
from rooms.models import Ban, Member, Space
from rooms.tests.factories import ADDRESS, ELSEWHERE, ban, caller, end, join, make_guest, person, say
from rooms.tests.test_admin import BANS, MEMBERS, MESSAGES, ROOMS, act, rows, said

pytestmark = pytest.mark.django_db
PATHS = [ROOMS, MEMBERS, BANS, MESSAGES]


@pytest.fixture
def stan(db: None) -> User:
    """Plain staff."""
    return make_person("stan", is_staff=True)


@pytest.fixture
def member(bob: User, room: Any) -> Member:
    return join(room, bob)


def log() -> list[AuditEntry]:
    """What staff did; that they signed in is not of here."""
    return list(AuditEntry.objects.exclude(action="signed_in").order_by("pk"))


def the_entry(stan: User, action: str, target: Any) -> AuditEntry:
    """The only one, with who, from where and what; the caller looks at what it changed."""
    (entry,) = log()
    assert (entry.action, entry.actor, entry.actor_name, entry.address) == (action, stan, "stan", ADDRESS)
    assert (entry.target_type, entry.target_id) == (target._meta.label_lower, str(target.pk))
    assert entry.target_name == str(target)[:80]
    return entry


# --- In the log


def test_closing(stan, room):
    before = Space.objects.get().expires_at
    act(person(stan), ROOMS, "close", room.space)

    entry = the_entry(stan, "room_closed", room.space)
    after = Space.objects.get()
    assert (after.closed_at, after.name_key) == (after.expires_at, None)
    assert entry.before["expires_at"][:19] == f"{before:%Y-%m-%dT%H:%M:%S}"
    assert entry.after["expires_at"][:19] == f"{after.expires_at:%Y-%m-%dT%H:%M:%S}"


@pytest.mark.parametrize(
    ("name", "entry_name", "states"),
    [
        ("block", "member_blocked", ("active", "blocked")),
        ("unblock", "member_unblocked", ("blocked", "active")),
        ("ban", "member_banned", ("active", "banned")),
        ("unban", "member_unbanned", ("banned", "left")),
    ],
)
def test_what_is_done_to_members(alice, stan, room, member, name, entry_name, states):
    first = {"unblock": actions.block_member, "unban": actions.ban_member}.get(name)
    if first is not None:
        first(caller=caller(alice), member=member)
    assert log() == [], "what the owner does is the room's own business"

    act(person(stan), MEMBERS, name, member)

    entry = the_entry(stan, entry_name, member)
    assert (entry.before, entry.after) == ({"state": states[0]}, {"state": states[1], "room": room.space.slug})
    act(person(stan), MEMBERS, name, member)
    assert len(log()) == 1, "doing it again changes nothing"


def test_banning_an_address_and_lifting_that(stan, room):
    act(person(stan), ROOMS, "ban_address", room.space, address=ELSEWHERE)
    assert the_entry(stan, "address_banned", room.space).after == {"address": "as typed in"}

    act(person(stan), BANS, "lift", Ban.objects.get())
    entry = log()[1]
    assert (entry.action, entry.actor, entry.target_id) == ("address_unbanned", stan, str(room.space.pk))
    assert ELSEWHERE not in str([(one.before, one.after, one.target_name) for one in log()])


def test_banning_where_somebody_came_from(stan, room):
    guest = make_guest(room, address=ELSEWHERE)
    act(person(stan), MEMBERS, "ban_address", guest)

    assert the_entry(stan, "address_banned", room.space).after == {"address": "of Gus"}
    assert guest.address_key not in str(log()[0].__dict__)


def test_lifting_the_ban_of_somebody(stan, room, member):
    ban(room, member)
    act(person(stan), BANS, "lift", Ban.objects.get())

    assert the_entry(stan, "member_unbanned", member).after["state"] == "left"


def test_deleting_what_was_said(stan, room, member):
    message = say(room, member, "Rude words").message
    act(person(stan), MESSAGES, "delete", message)

    entry = the_entry(stan, "message_deleted", message)
    after = {"deleted": True, "by": "bob", "room": room.space.slug}
    assert (entry.before, entry.after) == ({"deleted": False}, after)
    assert said(act(person(stan), MESSAGES, "delete", message))[0].startswith(f"{message}: ")
    assert len(log()) == 1


def test_exporting_what_was_said(stan, room, member):
    say(room, member, "Kind words")
    answer = act(person(stan), ROOMS, "export", room.space)

    assert "Kind words" in b"".join(answer.streaming_content).decode()
    assert "attachment" in answer["Content-Disposition"]
    entry = the_entry(stan, "room_exported", room.space)
    assert (entry.before, entry.after) == ({}, {})


def test_what_is_refused_is_not_in_it(alice, stan, room, member):
    client = person(stan)
    end(room)
    for path, name, row in (
        (ROOMS, "close", room.space),
        (MEMBERS, "ban", member),
        (MEMBERS, "block", member),
        (MEMBERS, "ban_address", member),
    ):
        assert said(act(client, path, name, row))[0].startswith(f"{row}: This room has ended"), name
    assert said(act(client, ROOMS, "ban_address", room.space, address=ELSEWHERE))[0].startswith("Tea house: This room")
    actions.sweep_room(room.space)
    assert said(act(client, ROOMS, "export", Space.objects.get()))
    assert log() == []


# --- Asked first


@pytest.mark.parametrize(
    ("path", "name", "asked"),
    [
        (ROOMS, "close", "cannot be undone"),
        (ROOMS, "ban_address", 'name="given-address"'),
        (MEMBERS, "ban", "cannot come back"),
        (MEMBERS, "ban_address", "cannot join from there"),
        (MESSAGES, "delete", "disappears for everyone"),
    ],
)
def test_what_hurts_is_asked_first_and_names_what_it_is_about(stan, room, member, path, name, asked):
    row = {ROOMS: room.space, MEMBERS: member, MESSAGES: say(room, member).message}[path]
    client = person(stan)

    page = client.post(path, {"action": name, "_selected_action": [str(row.pk)], "index": "0"}).content.decode()

    assert asked in page
    assert str(row) in page
    assert "Leave it as it is" in page
    assert log() == []
    assert (Ban.objects.count(), Space.objects.living().count()) == (0, 1)


@pytest.mark.parametrize("address", ["", "nowhere", "1.2.3", "999.1.1.1", "\0", "1.2.3.4/8", "x" * 5000, "::g"])
def test_what_is_no_address_is_asked_again(stan, room, address):
    page = act(person(stan), ROOMS, "ban_address", room.space, address=address)

    assert (page.status_code, 'class="errorlist"' in page.content.decode()) == (200, True)
    assert (log(), Ban.objects.count()) == ([], 0)


def test_a_rows_own_page_offers_what_fits_it(alice, stan, room, member):
    client = person(stan)

    def offered(path: str, row: Any) -> set[str]:
        page = client.get(f"{path}{row.pk}/change/").content.decode()
        return set(re.findall(r'name="action" value="(\w+)"', page))

    assert offered(ROOMS, room.space) == {"close", "ban_address", "export", "export_pdf"}
    assert offered(MEMBERS, member) == {"block", "ban", "ban_address"}
    actions.block_member(caller=caller(alice), member=member)
    assert offered(MEMBERS, member) == {"unblock", "ban", "ban_address"}
    ban(room, member)
    assert offered(MEMBERS, member) == {"unban", "ban_address"}
    assert offered(BANS, Ban.objects.get()) == {"lift"}
    end(room)
    assert offered(ROOMS, room.space) == {"export", "export_pdf"}


# --- Nothing there, and nothing that breaks


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_list_says_so(stan, path):
    client = person(stan)

    assert rows(client, path) == []
    assert "Rows appear here by themselves" in client.get(path).content.decode()
    found_nothing = client.get(path, {"q": "nothing like it"}).content.decode()
    assert "Nothing fits what you look for" in found_nothing
    assert "Show all rows" in found_nothing


ODD = [
    *("q=%00", "q=" + "x" * 3000, "q=%F0%9F%8E%89", "p=99999", "p=x", "o=99.-1", "e=1", "all=", "password=x"),
    *("standing=none", "standing=%00", "state=x", "kind=x", "private__exact=x", "private__exact=%00"),
    *("created_at_from=x", "created_at_from=%00", "created_at_to=99999-01-01", "created_at_from=0000-00-00"),
    *("space__id__exact=x", "space__id__exact=99999999999999999999", "space__id__exact=-1", "space__id__exact=%00"),
    *("channel__space__id__exact=x", "channel__space__id__exact=99999999999999999999", "created_by__password=x"),
]


@pytest.mark.parametrize("query", ODD)
def test_odd_queries_are_no_5xx(stan, room, member, query):
    say(room, member)
    ban(room, make_guest(room))
    client = person(stan)

    for path in PATHS:
        assert client.get(f"{path}?{query}", follow=True).status_code in (200, 400), path


ODD_ACTS: list[dict[str, Any]] = [
    {"_selected_action": ["x"]},
    {"_selected_action": ["\0"]},
    {"_selected_action": ["99999999999999999999"]},
    {"_selected_action": ["-1", "0"]},
    {"_selected_action": [""]},
    {"_selected_action": ["1"] * 3000},
    {"_selected_action": []},
    {"_selected_action": ["1"], "index": "x"},
    {"_selected_action": ["1"], "index": "99"},
    {"_selected_action": ["1"], "one": "\0"},
    {"_selected_action": ["x"], "select_across": "1"},
]


OF_EACH = {ROOMS: ("close", "export", "x"), MEMBERS: ("block", "\0"), BANS: ("lift",), MESSAGES: ("delete",)}


@pytest.mark.parametrize("odd", ODD_ACTS)
def test_odd_acts_are_no_5xx_and_change_nothing(stan, room, odd):
    client = person(stan)

    for path, names in OF_EACH.items():
        for name in names:
            answer = client.post(path, {"index": "0", **odd, "action": name}, follow=True)
            assert answer.status_code in (200, 400), (path, name)
    assert Space.objects.living().count() == 1


@pytest.mark.parametrize("pk", ["0", "-1", "99999999999999999999999", "x", "%00", "1_00"])
@pytest.mark.parametrize("path", PATHS)
def test_ids_that_are_none_lead_back(stan, path, pk):
    client = person(stan)

    for page in ("change/", "history/"):
        assert client.get(f"{path}{pk}/{page}", follow=True).status_code in (200, 400, 404)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_added_changed_or_deleted_but_by_an_act(stan, room, member, path):
    say(room, member)
    ban(room, make_guest(room))
    client = person(stan)
    (row, *_) = rows(client, path)

    for page in ("add/", f"{row.pk}/delete/", f"{row.pk}/change/"):
        assert client.post(f"{path}{page}", {"name": "Evil", "post": "yes"}).status_code == 403
    asked = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    assert client.post(path, asked).status_code in (200, 302)
    assert rows(client, path)[0] == row


def test_an_act_needs_our_token(stan, room):
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR=ADDRESS)
    client.force_login(stan)

    assert act(client, ROOMS, "close", room.space).status_code == 403
    assert Space.objects.living().exists()
