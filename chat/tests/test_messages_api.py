"""Messages over REST: pages both ways, posting, editing, deleting."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from accounts.models import AuditEntry, User
from accounts.tests.factories import bearer, make_dana
from chat.models import Message
from chat.tests import factories
from chat.tests.factories import Place
from rooms import actions as room_actions
from rooms.models import Member

pytestmark = pytest.mark.django_db

Json = dict[str, Any]


class Api:
    """A client of the API, signed in by a token."""

    def __init__(self, token: str = "") -> None:
        self._browser = Browser(headers=bearer(token) if token else {})

    def get(self, path: str, status: int = 200) -> Json:
        return self._json(self._browser.get(path), status)

    def send(self, method: str, path: str, body: Any, status: int) -> Json:
        call = getattr(self._browser, method)
        return self._json(call(path, body, content_type="application/json"), status)

    def _json(self, answer: Any, status: int) -> Json:
        assert answer.status_code == status, answer.content
        shown: Json = answer.json()
        return shown


@pytest.fixture
def api(alice: User) -> Api:
    return Api(factories.access_token(alice))


@pytest.fixture
def path(place: Place) -> str:
    return f"/api/v1/channels/{place.channel.pk}/messages"


def bodies(page: Json) -> list[str]:
    return [message["body"] for message in page["results"]]


def follow(api: Api, first: str) -> list[Json]:
    """The page, and all that `next` leads to."""
    pages = [api.get(first)]
    while pages[-1]["next"]:
        address = urlsplit(pages[-1]["next"])
        assert (address.scheme, address.netloc) == ("http", "testserver")
        pages.append(api.get(f"{address.path}?{address.query}"))
    return pages


def test_posting_answers_the_message_and_its_repetition_the_same(place: Place, api: Api, path: str) -> None:
    first = api.send("post", path, {"nonce": "n1", "body": " Hi "}, 201)
    again = api.send("post", path, {"nonce": "n1", "body": "Hi"}, 200)
    other = api.send("post", path, {"nonce": "n1", "body": "Ho"}, 409)

    assert again == first
    assert (first["body"], first["seq"], first["rev"], first["nonce"]) == ("Hi", 1, 1, "n1")
    assert first["channel"] == str(place.channel.pk)
    assert other["code"] == "nonce_conflict"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["body", "nonce"]),
        ({"nonce": "n", "body": "  "}, ["body"]),
        ({"nonce": "n", "body": "x" * 4001}, ["body"]),
        ({"nonce": "n", "body": "a\x00"}, ["body"]),
        ({"nonce": "n", "body": "a\ud800"}, ["body"]),
        ({"nonce": "n n", "body": "x"}, ["nonce"]),
        ({"nonce": "", "body": ""}, ["body", "nonce"]),
    ],
)
def test_what_cannot_be_posted_is_named(api: Api, path: str, body: Json, wrong: list[str]) -> None:
    refused = api.send("post", path, body, 400)

    assert (refused["code"], sorted(refused["fields"])) == ("invalid", wrong)
    assert Message.objects.count() == 0


def test_before_goes_back_from_the_newest(place: Place, api: Api, path: str) -> None:
    for number in range(1, 6):
        factories.say(place.alice, f"m{number}")

    pages = follow(api, f"{path}?limit=2")

    assert [bodies(page) for page in pages] == [["m5", "m4"], ["m3", "m2"], ["m1"]]
    assert [page["more"] for page in pages] == [True, True, False]
    assert {(page["head"], page["last_seq"]) for page in pages} == {(5, 5)}
    assert bodies(api.get(f"{path}?before=3")) == ["m2", "m1"]
    assert bodies(api.get(f"{path}?before=1")) == bodies(api.get(f"{path}?before=0")) == []


def test_changed_after_goes_forward_by_rev(place: Place, alice: User, api: Api, path: str) -> None:
    first, *_ = [factories.say(place.alice, f"m{number}") for number in range(1, 5)]
    factories.edit(alice, first, "m1b")

    pages = follow(api, f"{path}?changed_after=0&limit=3")

    assert [bodies(page) for page in pages] == [["m2", "m3", "m4"], ["m1b"]]
    assert [(page["head"], page["last_seq"]) for page in pages] == [(5, 4), (5, 4)]
    assert bodies(api.get(f"{path}?changed_after=4")) == ["m1b"]
    assert bodies(api.get(f"{path}?changed_after=5")) == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("before=x", ["before"]),
        ("before=-1", ["before"]),
        ("before=%D9%A3", ["before"]),
        ("changed_after=1.5", ["changed_after"]),
        ("limit=0", ["limit"]),
        ("before=1&changed_after=1", ["before", "changed_after"]),
    ],
)
def test_a_wrong_query_is_named(api: Api, path: str, query: str, wrong: list[str]) -> None:
    refused = api.get(f"{path}?{query}", 400)

    assert (refused["code"], sorted(refused["fields"])) == ("invalid", wrong)


def test_a_limit_above_the_most_is_the_most(place: Place, api: Api, path: str) -> None:
    for _ in range(101):
        factories.say(place.alice)

    assert len(api.get(f"{path}?limit=5000")["results"]) == 100
    assert len(api.get(path)["results"]) == 50


def test_a_page_costs_the_same_whatever_its_length(
    place: Place, api: Api, path: str, django_assert_num_queries: Any
) -> None:
    factories.say(place.alice)
    api.get(path)
    with django_assert_num_queries(4):  # who asks; seat with room and channel; messages with authors, their mentions
        api.get(path)
    for number in range(30):
        factories.say((place.alice, place.bob)[number % 2])

    for query in ("", "?before=20", "?changed_after=0&limit=5"):
        with django_assert_num_queries(4):
            api.get(path + query)


def test_editing_and_deleting_answer_the_message_at_its_new_rev(place: Place, api: Api) -> None:
    message = factories.say(place.alice, "Hi")
    one = f"/api/v1/messages/{message.pk}"

    edited = api.send("patch", one, {"body": "Ho"}, 200)
    deleted = api.send("delete", one, None, 200)
    too_late = api.send("patch", one, {"body": "Hm"}, 409)

    assert (edited["body"], edited["rev"], edited["seq"]) == ("Ho", 2, 1)
    assert (deleted["body"], deleted["rev"], deleted["deleted_at"] is not None) == ("", 3, True)
    assert too_late["code"] == "message_deleted"


def test_what_staff_delete_of_others_is_in_the_audit_log_and_what_the_owner_deletes_is_not(
    place: Place, api: Api, bob: User
) -> None:
    dana = make_dana()
    own = factories.say(factories.join(place.space, dana), "Mine")
    rude, ruder = (factories.say(place.bob, body) for body in ("Rude", "Ruder"))
    staff = Api(factories.access_token(dana))
    before = AuditEntry.objects.count()

    api.send("delete", f"/api/v1/messages/{rude.pk}", None, 200)
    staff.send("delete", f"/api/v1/messages/{own.pk}", None, 200)
    assert AuditEntry.objects.count() == before
    for _again in range(2):
        staff.send("delete", f"/api/v1/messages/{ruder.pk}", None, 200)

    entry = AuditEntry.objects.get(action="message_deleted")
    assert (entry.actor, entry.actor_name, entry.target_type) == (dana, "dana", "chat.message")
    assert (entry.target_id, entry.address) == (str(ruder.pk), "127.0.0.1")
    assert entry.before == {"deleted": False}
    assert entry.after == {"deleted": True, "by": "bob", "room": place.space.slug}
    assert "Ruder" not in str([entry.before, entry.after, entry.target_name])


def test_other_peoples_messages_stay_as_they_are(place: Place, bob: User, charlie: User) -> None:
    message = factories.say(place.alice, "Mine")
    one = f"/api/v1/messages/{message.pk}"
    member, stranger = Api(factories.access_token(bob)), Api(factories.access_token(charlie))

    assert member.send("patch", one, {"body": "x"}, 403)["code"] == "forbidden"
    assert member.send("delete", one, None, 403)["code"] == "forbidden"
    for api in (stranger, Api()):
        assert api.send("patch", one, {"body": "x"}, 404)["code"] == "not_found"
        assert api.send("delete", one, None, 404)["code"] == "not_found"
    message.refresh_from_db()
    assert (message.body, message.rev) == ("Mine", 1)


def test_the_blocked_may_only_delete_their_own(place: Place, bob: User, path: str) -> None:
    message = factories.say(place.bob, "Hi")
    Member.objects.filter(pk=place.bob.pk).update(state=Member.State.BLOCKED)
    api = Api(factories.access_token(bob))

    assert api.send("post", path, {"nonce": "n", "body": "x"}, 403)["code"] == "blocked"
    assert api.send("patch", f"/api/v1/messages/{message.pk}", {"body": "x"}, 403)["code"] == "blocked"
    assert bodies(api.get(path)) == ["Hi"]
    api.send("delete", f"/api/v1/messages/{message.pk}", None, 200)


def test_to_strangers_and_the_banned_a_channel_looks_missing(
    place: Place, alice: User, bob: User, charlie: User, path: str
) -> None:
    room_actions.ban_member(caller=factories.caller(alice), member=place.bob)

    for api in (Api(factories.access_token(charlie)), Api(factories.access_token(bob)), Api()):
        assert api.get(path, 404) == api.get("/api/v1/channels/999999/messages", 404)
        assert api.send("post", path, {"nonce": "n", "body": "x"}, 404)["code"] == "not_found"
    assert not Message.objects.filter(notice=None).exists()


def test_after_its_end_a_room_is_gone_for_who_was_in_it(place: Place, api: Api, charlie: User, path: str) -> None:
    message = factories.say(place.alice)
    factories.end_soon(place.space, -1)

    assert api.get(path, 410)["code"] == "room_gone"
    assert api.send("post", path, {"nonce": "n", "body": "x"}, 410)["code"] == "room_gone"
    assert api.send("patch", f"/api/v1/messages/{message.pk}", {"body": "x"}, 410)["code"] == "room_gone"
    assert api.send("delete", f"/api/v1/messages/{message.pk}", None, 410)["code"] == "room_gone"
    assert Api(factories.access_token(charlie)).get(path, 404)["code"] == "not_found"


def test_a_guest_reads_and_writes_by_the_token(place: Place, path: str) -> None:
    guest, token = factories.join_as_guest(place.space, "Gus")
    api = Api(token)

    sent = api.send("post", path, {"nonce": "n", "body": "Hi"}, 201)

    assert sent["author"] == {"id": str(guest.pk), "name": "Gus", "avatar": None, "kind": "guest"}
    assert bodies(api.get(path)) == ["Hi"]
