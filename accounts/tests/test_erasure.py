"""Deleting an account: asked for, thought over, done. What stays says nothing of who it was."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.utils import timezone

from accounts import actions
from accounts.errors import AccountInactive
from accounts.models import Address, AuditEntry, DataExport, SignIn, User
from accounts.schedule import erase_people
from accounts.tests.factories import ADDRESS, PASSWORD, bearer, make_dana, make_person, newest_mail, post_json, sign_in
from chat.models import Message, ReadState
from chat.tests.factories import caller, join, make_room, say
from core.models import Mail
from rooms import actions as room_actions
from rooms.models import Ban, Member

pytestmark = pytest.mark.django_db
PATH = "me/deletion"


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


def ask(user: User) -> None:
    actions.ask_deletion(user=user, password=PASSWORD, address=ADDRESS)


def make_due(user: User) -> None:
    User.objects.filter(pk=user.pk).update(erase_at=timezone.now() - timedelta(seconds=1))


def erase(user: User) -> User:
    """Asked for, and its time has come: the schedule does it, and looks again a minute later."""
    ask(user)
    make_due(user)
    erase_people()
    erase_people()
    return User.objects.get(pk=user.pk)


# --- Asking


def test_it_is_asked_for_with_the_password(client, alice, settings):
    settings.ACCOUNT_GRACE = 1000
    answer = post_json(client, PATH, {"password": PASSWORD}, headers=bearer(sign_in("alice").access))

    assert answer.status_code == 202
    alice.refresh_from_db()
    assert timedelta(seconds=990) < alice.erase_at - timezone.now() <= timedelta(seconds=1000)
    assert answer.json()["erase_at"].startswith(f"{alice.erase_at:%Y-%m-%dT%H:%M:%S}")
    assert newest_mail("alice@plaza.example").name == "accounts/deletion_asked"
    assert AuditEntry.objects.get(action="deletion_asked").actor == alice


def test_everywhere_else_one_is_signed_out(client, alice):
    here, elsewhere = sign_in("alice"), sign_in("alice")
    client.force_login(alice)

    post_json(client, PATH, {"password": PASSWORD}, headers=bearer(here.access))

    assert client.get("/api/v1/me", headers=bearer(here.access)).status_code == 200
    assert client.get("/api/v1/me", headers=bearer(elsewhere.access)).status_code == 401
    assert client.get("/settings/data/").status_code == 302


def test_the_page_keeps_its_own_session(client, alice):
    client.force_login(alice)
    answer = client.post("/settings/data/delete/", {"password": PASSWORD, "sure": "on"})

    assert answer.status_code == 302
    page = client.get("/settings/data/").content.decode()
    assert page.count("Keep my account") == 2  # the banner of every page, and this page
    assert "Your account will be deleted on" in client.get("/rooms/").content.decode()


@pytest.mark.parametrize(
    "given", [{"password": "wrong", "sure": "on"}, {"password": PASSWORD}, {"password": "\0", "sure": "on"}, {}]
)
def test_without_the_password_and_the_tick_nothing_happens(client, alice, given):
    client.force_login(alice)
    assert client.post("/settings/data/delete/", given).status_code == 400

    alice.refresh_from_db()
    assert alice.erase_at is None
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{}, {"password": "wrong"}, {"password": 1}, {"password": "\0"}, {"password": "x" * 2000}]
)
def test_a_wrong_password_is_named(client, alice, wrong):
    refused = post_json(client, PATH, wrong, headers=bearer(sign_in("alice").access))

    assert refused.status_code == 400
    assert set(refused.json()["fields"]) == {"password"}
    assert User.objects.get(pk=alice.pk).erase_at is None


def test_strangers_have_nothing_to_delete(client):
    assert post_json(client, PATH, {"password": PASSWORD}).status_code == 401
    assert client.delete(f"/api/v1/{PATH}").status_code == 401
    assert client.post("/settings/data/delete/").status_code == 302


def test_guessing_the_password_is_limited(client, alice, settings):
    settings.RATE_SIGNIN = "2/min"
    tokens = bearer(sign_in("alice").access)
    answers = [post_json(client, PATH, {"password": "wrong"}, headers=tokens).status_code for _ in range(4)]

    assert answers == [400, 400, 429, 429]


def test_asking_again_changes_nothing(alice):
    ask(alice)
    first = User.objects.get(pk=alice.pk).erase_at
    ask(alice)

    assert User.objects.get(pk=alice.pk).erase_at == first
    assert Mail.objects.filter(name="accounts/deletion_asked").count() == 1


def test_the_last_superuser_stays(client, db):
    make_dana()
    refused = post_json(client, PATH, {"password": PASSWORD}, headers=bearer(sign_in("dana").access))
    assert (refused.status_code, refused.json()["code"]) == (409, "last_superuser")

    other = make_person("petra", is_superuser=True)
    assert post_json(client, PATH, {"password": PASSWORD}, headers=bearer(sign_in("dana").access)).status_code == 202
    assert post_json(client, PATH, {"password": PASSWORD}, headers=bearer(sign_in("petra").access)).status_code == 409
    assert User.objects.get(pk=other.pk).erase_at is None


# --- A change of mind


def test_the_account_can_be_kept(client, alice):
    ask(alice)
    answer = client.delete(f"/api/v1/{PATH}", headers=bearer(sign_in("alice").access))

    assert answer.status_code == 204
    assert User.objects.get(pk=alice.pk).erase_at is None
    assert newest_mail("alice@plaza.example").name == "accounts/deletion_cancelled"
    entry = AuditEntry.objects.get(action="deletion_cancelled")
    assert (entry.actor, list(entry.before)) == (alice, ["erase_at"])
    erase_people()
    assert User.objects.get(pk=alice.pk).is_active


def test_on_the_page_too(client, alice):
    ask(alice)
    client.force_login(alice)
    assert client.post("/settings/data/keep/").status_code == 302

    assert "Keep my account" not in client.get("/settings/data/").content.decode()


def test_keeping_what_was_never_in_danger_says_nothing(client, alice):
    assert client.delete(f"/api/v1/{PATH}", headers=bearer(sign_in("alice").access)).status_code == 204
    assert not Mail.objects.exists()


def test_before_its_time_nobody_is_erased(alice):
    ask(alice)
    erase_people()

    assert User.objects.get(pk=alice.pk).username == "alice"


def test_who_comes_too_late_is_told(alice):
    erase(alice)
    with pytest.raises(AccountInactive):
        actions.cancel_deletion(user=alice, by=alice, address=ADDRESS)


# --- Done


def test_nothing_says_who_it_was(alice):
    Address.objects.create(user=alice, name="Alice", city="Cairo", country="EG")
    sign_in("alice")
    User.objects.filter(pk=alice.pk).update(display_name="Alice", about="Me", phone="+4930901820", language="en")

    gone = erase(alice)

    assert gone.username.startswith("deleted-")
    assert gone.email == f"{gone.username}@deleted.invalid"
    assert {gone.display_name, gone.about, gone.phone, gone.language, gone.first_name} == {""}
    assert (gone.is_active, gone.has_usable_password()) == (False, False)
    assert gone.erased_at is not None
    assert gone.erase_at is None  # looked at again: nothing more is due
    for kept in (Address, SignIn, EmailAddress, DataExport):
        assert not kept.objects.filter(user=alice).exists()


def test_the_last_mail_goes_to_the_old_address_and_nothing_else_is_kept_for_it(alice):
    erase(alice)

    assert [mail.name for mail in Mail.objects.filter(to="alice@plaza.example")] == ["accounts/erased"]
    assert "Hello alice," in newest_mail("alice@plaza.example").text


def test_signing_in_is_impossible_and_the_name_and_the_address_are_free(client, alice):
    tokens = sign_in("alice")
    client.force_login(alice)
    gone = erase(alice)

    assert client.get("/api/v1/me", headers=bearer(tokens.access)).status_code == 401
    assert client.get("/settings/data/").status_code == 302
    for login in ("alice", "alice@plaza.example", gone.username, gone.email):
        assert post_json(client, "auth/token", {"login": login, "password": PASSWORD}).status_code == 401
    make_person("alice")


def test_what_was_said_stays_under_a_neutral_name(alice, bob):
    room = make_room(alice)
    seat = join(room.space, bob)
    say(seat, "I was here")

    erase(bob)

    seat.refresh_from_db()
    assert seat.nickname.startswith("deleted-")
    assert (seat.state, seat.address_key) == ("left", "")
    assert Message.objects.get().body == "I was here"
    assert not ReadState.objects.filter(member=seat).exists()
    join(room.space, make_person("robert"), nickname="bob")  # the nickname is free again


def test_a_ban_outlives_the_account(alice, bob):
    room = make_room(alice)
    seat = room_actions.ban_member(caller=caller(alice), member=join(room.space, bob))

    erase(bob)

    seat.refresh_from_db()
    assert seat.state == "banned"
    assert Ban.objects.get().address_key
    assert seat.nickname.startswith("deleted-")


def test_a_room_goes_on_and_is_somebody_elses(alice, bob):
    room = make_room(alice)
    seat = join(room.space, bob)

    erase(alice)

    assert say(seat, "Where is she?").pk
    assert Member.objects.get(space=room.space, role="owner").user == bob


def test_files_are_deleted(alice, django_capture_on_commit_callbacks):
    default_storage.save("avatars/abc-96.webp", ContentFile(b"a picture"))
    User.objects.filter(pk=alice.pk).update(avatar="abc")
    export = actions.ask_export(user=alice, address=ADDRESS)
    actions.pack_export(export_id=export.pk)
    export.refresh_from_db()

    with django_capture_on_commit_callbacks(execute=True):
        erase(alice)

    assert not default_storage.exists("avatars/abc-96.webp")
    assert not storages["private"].exists(export.file)


def test_the_audit_log_keeps_the_act_and_loses_the_name(alice, bob):
    sign_in("alice")
    gone = erase(alice)

    entries = AuditEntry.objects.filter(target_id=str(alice.pk), target_type="accounts.user")
    assert {"deletion_asked", "erased"} <= {entry.action for entry in entries}
    assert {entry.target_name for entry in entries} == {gone.username}
    assert {entry.actor_name for entry in AuditEntry.objects.filter(actor=gone)} == {gone.username}
    assert not AuditEntry.objects.filter(actor=gone, address__isnull=False).exists()
    assert "alice" not in "".join(str(list(AuditEntry.objects.values())))


def test_what_slipped_in_meanwhile_goes_the_second_time(alice, bob):
    room = make_room(alice)
    ask(bob)
    make_due(bob)
    erase_people()
    seat = join(room.space, User.objects.get(pk=bob.pk), nickname="Bobby")  # a request from before that took its time

    erase_people()

    seat.refresh_from_db()
    assert seat.nickname.startswith("deleted-")
    assert seat.state == "left"
    assert User.objects.get(pk=bob.pk).erase_at is None
    assert Mail.objects.filter(name="accounts/erased").count() == 1


def test_one_that_fails_does_not_keep_the_others(alice, bob):
    """An export that is a folder with something in it cannot be deleted."""
    inside = storages["private"].save("exports/folder/inside", ContentFile(b"x"))
    DataExport.objects.create(user=alice, state="done", file="exports/folder")
    for user in (alice, bob):
        ask(user)
        make_due(user)

    erase_people()

    assert User.objects.get(pk=alice.pk).username == "alice"  # all of it or nothing: it is tried again
    assert User.objects.get(pk=bob.pk).erased_at is not None
    storages["private"].delete(inside)
    erase_people()
    assert User.objects.get(pk=alice.pk).erased_at is not None
