"""What is somebody else's looks as if it were not there, whatever the address, the operation and who asks.

Every route and operation has its line in `other_peoples.py`; each is asked with another person's ids and with ids of
nothing, and the two answers are the same, or say no more than that line allows.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import URLPattern

from accounts.models import Address, User
from accounts.tests.factories import make_person
from billing.models import Payment
from chat.models import Message
from chat.ops import OPERATIONS as ALL_OPERATIONS
from chat.tests.factories import access_token, join_as_guest, make_room
from chat.tests.gateway import PROTOCOL, Client, db
from config.tests import other_peoples
from config.tests.other_peoples import (
    ASKED,
    NO_ONES_OPERATIONS,
    NOBODYS,
    OPERATIONS,
    OTHER_HOUSES,
    SECRET,
    Asked,
    routes,
)
from core.realtime import hub
from rooms.models import Member, Space
from rooms.tests.factories import Seated, guest_browser, person, stranger

LOOKERS = ("a stranger", "the guest of another room", "the owner of another room", "the staff")
OWN = "Another attic"
ENTRANCES = ("admin/login/", "admin/jsi18n/")  # open to all, with nothing in them
VALUE = re.compile(r"<[^>]*>|\(\?P<")  # a route has one for each id
HIDDEN = re.compile(r'(name="csrfmiddlewaretoken" value|"X-CSRFToken":)[ =]"[^"]*"')


def is_ours(route: str) -> bool:
    return not route.startswith(OTHER_HOUSES)


OURS = {route: pattern for route, pattern in routes() if is_ours(route)}


def test_every_address_has_a_line_here_and_every_line_an_address() -> None:
    with_ids = {route for route in OURS if VALUE.search(route)}

    assert with_ids == {*ASKED, *NOBODYS}
    assert not ASKED.keys() & NOBODYS.keys()


def test_so_has_every_operation() -> None:
    assert ALL_OPERATIONS.keys() == {*OPERATIONS, *NO_ONES_OPERATIONS}


class World:
    """alice's ids, the ids of nothing, and somebody whom it does not concern."""

    def __init__(self) -> None:
        self.ids = other_peoples.fill()
        self.nothing = other_peoples.missing(self.ids)
        self.eve = make_person("eve")
        self.own: Seated = make_room(self.eve, name=OWN)
        self.guest, self.guest_token = join_as_guest(self.own.space, "Gus")

    def user(self, looker: str) -> User | None:
        if looker == "the staff":
            return User.objects.filter(username="stan").first() or make_person("stan", is_staff=True)
        return self.eve if looker == "the owner of another room" else None

    def browser(self, looker: str) -> Browser:
        user = self.user(looker)
        if user is not None:
            return person(user)
        return guest_browser(self.own, self.guest) if looker == "the guest of another room" else stranger()

    def ids_for(self, looker: str) -> dict[str, str]:
        """The staff read and delete what was said in rooms, not in conversations."""
        private = {"channel": self.ids["talk_channel"], "message": self.ids["talk_message"]}
        return {**self.ids, **private} if looker == "the staff" else self.ids

    def state(self) -> list[Any]:
        """What nobody of them may change."""
        return [
            list(model.objects.order_by("pk").exclude(**ours).values())
            for model, ours in (
                (Message, {}),
                (Member, {"space": self.own.space}),
                (Space, {"pk": self.own.space.pk}),
                (Address, {"user": self.eve}),
                (Payment, {}),
            )
        ]


@pytest.fixture
def world(db: None) -> World:
    cache.clear()
    return World()


@pytest.mark.parametrize("looker", LOOKERS)
def test_another_persons_is_answered_like_what_does_not_exist(world: World, looker: str) -> None:
    browser, before = world.browser(looker), world.state()

    wrong = [
        f"{method} {route}: {one}"
        for route, asked in ASKED.items()
        if looker != "the staff" or not asked.staff
        for method in methods(OURS[route])
        for one in differences(browser, method, route, asked, world.ids_for(looker), world.nothing)
    ]

    assert not wrong, "\n".join(wrong)
    assert world.state() == before


def test_nor_does_ones_own_room_open_the_members_of_another(world: World) -> None:
    browser, before = world.browser("the owner of another room"), world.state()
    own = {"room": world.own.space.slug}

    wrong = [
        f"{method} {route}: {one}"
        for route, asked in ASKED.items()
        if len(asked.ids) > 1
        for method in methods(OURS[route])
        for one in differences(browser, method, route, asked, {**world.ids, **own}, {**world.nothing, **own})
    ]

    assert not wrong, "\n".join(wrong)
    assert world.state() == before


@pytest.mark.parametrize("looker", LOOKERS)
def test_what_has_no_id_shows_nothing_of_others(world: World, looker: str) -> None:
    browser = world.browser(looker)
    paths = [f"/{route}" for route in OURS if not VALUE.search(route) and not route.startswith("dev/")]

    assert len(paths) > 40
    assert [path for path in paths if SECRET in text_of(ask(browser, "get", path, {}))] == []


@pytest.mark.parametrize("looker", LOOKERS[:-1])
def test_pages_of_the_staff_show_nothing_to_others(world: World, looker: str) -> None:
    browser = world.browser(looker)
    told: dict[str, set[Any]] = {}
    for route, _pattern in routes():
        if route.startswith("admin/") and "(?P" not in route and route not in ENTRANCES:
            for number in (world.ids["member"], "987654321"):  # there is most of everything by that number, or nothing
                path = "/" + VALUE.sub(number, route)
                answer = ask(browser, "get", path, {})
                told.setdefault(route, set()).add((answer.status_code, neutral(answer.headers.get("Location"), path)))

    assert len(told) > 100
    assert {route: answers for route, answers in told.items() if len(answers) > 1} == {}
    assert {status for answers in told.values() for status, _location in answers} <= {302, 403, 404}


def test_the_owner_finds_all_of_it(world: World) -> None:
    """The control: with these ids there is something to be found."""
    browser = person(User.objects.get(username="alice"))
    gone = [
        path_of(route, asked, world.ids)
        for route, asked in ASKED.items()
        if "get" in methods(OURS[route])
        and status_of(browser, path_of(route, asked, world.ids)) == 404
        and not route.endswith(("file", "file/", "/<int:export_id>/"))  # which are not on the disk here
    ]

    assert gone == []


@pytest.mark.parametrize("looker", LOOKERS[1:])
async def test_an_operation_on_another_persons_is_answered_like_one_on_nothing(
    transactional_db: None, world: World, looker: str
) -> None:
    user = await db(world.user, looker)
    token = await db(access_token, user) if user else world.guest_token
    before = await db(world.state)
    client = await Client(PROTOCOL, f"bearer.{token}").connect()
    try:
        for op, fields in OPERATIONS.items():
            answers = [
                {**await client.ask(op, **{name: ids.get(str(of), of) for name, of in fields.items()}), "id": 0}
                for ids in (world.ids_for(looker), world.nothing)
            ]
            assert answers[0] == answers[1], op
            assert answers[0]["op"] == "err" or op == "unsub", op
            assert SECRET not in json.dumps([answers, client.events]), op
    finally:
        await client.leave()
        await hub.stop()
    assert await db(world.state) == before


def methods(pattern: URLPattern) -> list[str]:
    view: Any = getattr(pattern.callback, "cls", None)
    if view is None:
        return ["get", "post"]
    return [method for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)]


def path_of(route: str, asked: Asked, ids: dict[str, str]) -> str:
    path = route
    for name, of in asked.ids.items():
        path = re.sub(rf"<\w+:{name}>", ids[of], path)
    return f"/{path}"


def differences(
    browser: Browser, method: str, route: str, asked: Asked, ids: dict[str, str], nothing: dict[str, str]
) -> Iterator[str]:
    """What tells the two apart."""
    paths = [path_of(route, asked, one) for one in (ids, nothing)]
    there, not_there = (ask(browser, method, path, asked.body) for path in paths)
    if SECRET in text_of(there):
        yield "says what is secret"
    if not asked.told:
        shown = [(one.status_code, one.headers.get("Location"), text_of(one)) for one in (there, not_there)]
        seen = [tuple(neutral(part, path) for part in one) for one, path in zip(shown, paths, strict=True)]
        if seen[0] != seen[1]:
            yield f"{there.status_code}, of nothing {not_there.status_code}"
        if there.status_code < 300:
            yield f"is done: {there.status_code}"


def neutral(part: Any, path: str) -> Any:
    """Without the path that was asked for, which may be said again: to come back to it after signing in."""
    return HIDDEN.sub("", part.replace(path, "/").replace(quote(path, safe=""), "/")) if isinstance(part, str) else part


def ask(browser: Browser, method: str, path: str, body: dict[str, Any]) -> HttpResponse:
    cache.clear()  # rates are not what this is about
    send: Callable[..., Any] = getattr(browser, method)
    if method == "get":
        return send(path)
    return send(path, body, content_type="application/json") if path.startswith("/api/") else send(path, body)


def status_of(browser: Browser, path: str) -> int:
    answer = ask(browser, "get", path, {})
    text_of(answer)  # to its end, where its file is closed
    return answer.status_code


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")
