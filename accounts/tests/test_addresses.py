"""Where somebody can be reached: over the API and on the page."""

from typing import Any

import pytest
from django.test import Client

from accounts import actions, postal
from accounts.actions.addresses import MOST_ADDRESSES
from accounts.errors import TooManyAddresses
from accounts.models import Address, User
from accounts.tests.factories import make_person, post_json
from core.errors import NotFound
from rooms.tests.threads import at_once, on_postgres

pytestmark = pytest.mark.django_db
URL = "/api/v1/me/addresses"
BERLIN: dict[str, Any] = {
    "type": "home",
    "name": "Alice Liddell",
    "company": "",
    "lines": ["Unter den Linden 1"],
    "district": "",
    "city": "Berlin",
    "region": "",
    "postal_code": "10117",
    "country": "DE",
    "phone": "",
}
ROW = {**BERLIN, "lines": "Unter den Linden 1"}


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def post(client: Client, **changed):
    return post_json(client, "me/addresses", {**BERLIN, **changed})


def patch(client: Client, address_id: str, **body):
    return client.patch(f"{URL}/{address_id}", body, content_type="application/json")


def listed(client: Client) -> list[dict]:
    return client.get(URL).json()["results"]


def add(user: User, **changed) -> Address:
    return actions.add_address(user=user, values={**ROW, **changed})


# --- What works ---
def test_the_first_one_comes_first_until_another_does(browser):
    answer = post(browser)
    assert answer.status_code == 201
    first = answer.json()
    assert first == {**BERLIN, "id": first["id"], "default": True}
    second = post(browser, city="Potsdam", default=True).json()
    third = post(browser, city="Nauen").json()
    assert [(one["city"], one["default"]) for one in listed(browser)] == [
        ("Potsdam", True),
        ("Nauen", False),
        ("Berlin", False),
    ]
    assert patch(browser, third["id"], default=True).json()["default"] is True
    assert browser.delete(f"{URL}/{third['id']}").status_code == 204
    assert [one["id"] for one in listed(browser)] == [second["id"], first["id"]]
    assert listed(browser)[0]["default"] is True


def test_some_of_it_is_changed(browser):
    made = post(browser).json()
    changed = patch(browser, made["id"], lines=["Hof", "Am Tor 2"], phone="+49 30 901820").json()
    assert changed == {**made, "lines": ["Hof", "Am Tor 2"], "phone": "+4930901820"}
    assert browser.get(f"{URL}/{made['id']}").json() == changed


def test_what_a_country_does_not_ask_for_is_not_kept(browser):
    made = post(browser, region="Bavaria", district="Mitte").json()
    assert (made["region"], made["district"]) == ("", "")


def test_a_region_is_known_by_its_code_and_its_names(browser):
    there = {"country": "AE", "city": "", "postal_code": ""}
    keys = {post(browser, **there, region=name).json()["region"] for name in ("Dubai", "دبي", "dubai")}
    assert len(keys) == 1
    american = {"country": "US", "city": "Springfield", "postal_code": "62701"}
    assert post(browser, **american, region="Illinois").json()["region"] == "IL"


def test_a_postcode_may_be_typed_in_other_digits(browser):
    cairo = {"country": "EG", "city": "القاهرة", "region": "القاهرة", "postal_code": "١١٥١١"}
    assert post(browser, **cairo).json()["postal_code"] == "11511"


def test_every_country_can_be_asked_and_written():
    for code, _name in postal.countries():
        parts = postal.parts_of(code)
        assert any(part.name == "lines" for part in parts), code
        assert postal.formatted(code, {"name": "A", "lines": "B\nC"})[-1] == postal.country_name(code)
    assert len(postal.countries()) > 240


def test_an_address_is_written_as_its_country_does():
    german = postal.formatted("DE", ROW)
    assert german == ["Alice Liddell", "Unter den Linden 1", "10117 BERLIN", "Germany"]
    american = {"name": "A", "lines": "1 Main St", "city": "Springfield", "region": "IL", "postal_code": "62701"}
    assert postal.formatted("US", american)[2] == "SPRINGFIELD, IL 62701"


# --- Refusals ---
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("country", ""),
        ("country", "de"),
        ("country", "../etc"),
        ("country", "D\0"),
        ("country", None),
        ("type", "castle"),
        ("type", None),
        ("name", ""),
        ("name", "a\0"),
        ("name", "a\u202eb"),
        ("name", "x" * 81),
        ("name", 5),
        ("lines", []),
        ("lines", ["a", "b", "c", "d"]),
        ("lines", [1]),
        ("lines", {"a": 1}),
        ("lines", ["x" * 201]),
        ("city", ""),
        ("city", "\ud800"),
        ("city", "x" * 1_000_000),
        ("postal_code", ""),
        ("postal_code", "1011"),
        ("postal_code", "ABCDE"),
        ("postal_code", -1),
        ("phone", "030 1"),
        ("default", "yes"),
        ("default", None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(browser, field, value):
    answer = post(browser, **{field: value})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not Address.objects.exists()


def test_a_region_that_is_not_of_the_country_is_refused(browser):
    answer = post(browser, country="US", postal_code="62701", region="Bavaria")
    assert list(answer.json()["fields"]) == ["region"]


def test_an_empty_body_names_what_is_missing(browser):
    assert set(post_json(browser, "me/addresses", {}).json()["fields"]) == {"country"}
    assert set(post_json(browser, "me/addresses", {"country": "DE"}).json()["fields"]) == {
        "lines",
        "city",
        "postal_code",
    }
    assert post_json(browser, "me/addresses", []).status_code == 400


def test_it_is_ones_own_unless_it_is_said(browser, alice):
    made = post_json(browser, "me/addresses", {name: ROW[name] for name in ROW if name not in ("name", "type")}).json()
    assert (made["name"], made["type"]) == (alice.public_name, "home")


def test_the_first_one_is_unmade_by_another_only(browser):
    made = post(browser).json()
    assert list(patch(browser, made["id"], default=False).json()["fields"]) == ["default"]
    assert listed(browser)[0]["default"] is True


def test_the_twenty_first_is_refused(browser, alice):
    for _number in range(MOST_ADDRESSES):
        add(alice)
    answer = post(browser)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_addresses")
    assert Address.objects.count() == MOST_ADDRESSES
    page = browser.post("/settings/addresses/new/", {**ROW, "lines": "x"})
    assert page.status_code == 400
    assert "Please delete one first" in page.content.decode()
    assert "/settings/addresses/new/" not in browser.get("/settings/addresses/").content.decode()


@pytest.mark.parametrize("number", ["bobs", "0", "-1", "999999", "9" * 30, "x", "%00"])
def test_other_peoples_are_not_found(browser, bob, number):
    theirs = add(bob)
    number = str(theirs.pk) if number == "bobs" else number
    assert browser.get(f"{URL}/{number}").status_code == 404
    assert patch(browser, number, name="Mine").status_code == 404
    assert browser.delete(f"{URL}/{number}").status_code == 404
    for page in ("", "first/", "delete/"):
        assert browser.post(f"/settings/addresses/{number}/{page}", {**ROW}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.name, theirs.is_default) == ("Alice Liddell", True)


def test_strangers_have_none(client):
    assert client.get(URL).status_code == 401
    assert post(client).status_code == 401
    assert client.get("/settings/addresses/").status_code == 302


# --- The page ---
def test_the_page_adds_changes_and_deletes(browser):
    page = browser.get("/settings/addresses/").content.decode()
    assert "No address yet" in page
    page = browser.post("/settings/addresses/new/", ROW, follow=True).content.decode()
    assert "10117 BERLIN" in page
    address = Address.objects.get()
    edit = f"/settings/addresses/{address.pk}/"
    assert 'value="10117"' in browser.get(edit).content.decode()
    browser.post(edit, {**ROW, "city": "Potsdam"})
    assert Address.objects.get().city == "Potsdam"
    assert "Delete this address?" in browser.get(f"{edit}delete/").content.decode()
    assert Address.objects.exists()
    browser.post(f"{edit}delete/")
    assert not Address.objects.exists()


def test_what_was_typed_stays_beside_what_is_wrong(browser):
    page = browser.post("/settings/addresses/new/", {**ROW, "postal_code": "1", "name": "Lewis"})
    assert page.status_code == 400
    assert 'value="Lewis"' in page.content.decode()
    assert "It looks like" in page.content.decode()
    assert not Address.objects.exists()


def test_another_country_brings_its_own_fields_and_saves_nothing(browser):
    page = browser.post("/settings/addresses/new/", {**ROW, "country": "US", "change_country": "1", "name": "Lewis"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "ZIP code" in text
    assert "Illinois" in text
    assert 'value="Lewis"' in text
    assert "errorlist" not in text
    assert not Address.objects.exists()
    page = browser.post("/settings/addresses/new/", {"country": "<x>", "change_country": "1"})
    assert page.status_code == 200


def test_a_long_list_costs_as_many_queries_as_a_short_one(browser, alice, django_assert_num_queries):
    for count in (1, 15):
        for _number in range(count):
            add(alice)
        with django_assert_num_queries(4):  # session, person, addresses; rail
            browser.get("/settings/addresses/")


# --- At once ---
@on_postgres
def test_of_many_at_once_exactly_one_comes_first():
    alice = make_person("alice")
    rows = [add(alice) for _number in range(6)]
    works = [lambda row=row: actions.put_address_first(address=row) for row in rows]
    works += [lambda: actions.remove_address(address=rows[0]), lambda: add(alice)]
    raised = {type(outcome) for outcome in at_once(*works) if isinstance(outcome, Exception)}
    assert raised <= {NotFound}, "the one that was removed meanwhile"
    assert Address.objects.filter(user=alice, is_default=True).count() == 1


@on_postgres
def test_of_many_at_once_none_is_the_twenty_first():
    alice = make_person("alice")
    for _number in range(MOST_ADDRESSES - 2):
        add(alice)
    outcomes = at_once(*[lambda: add(alice)] * 6)
    assert sum(isinstance(outcome, TooManyAddresses) for outcome in outcomes) == 4
    assert Address.objects.count() == MOST_ADDRESSES
    assert Address.objects.filter(is_default=True).count() == 1
