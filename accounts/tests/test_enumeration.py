"""Does the time of an answer tell whether somebody has an account? Asked of a real server with real Argon2.

200 tries of each of a pair, by turns: a coin says who of the two is first, so that what else the machine does meets
both. A difference counts if a second, fresh sample shows it as well: with that many pairs one of them would look
different by chance now and then.
"""

import http.client
import json
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest

from accounts.tests.factories import PASSWORD
from accounts.tests.ranks import p_value
from core.tests import figures
from core.tests.servers import RunningPlaza, manage

pytestmark = pytest.mark.laboratory
TRIES = 200
SIGNIFICANT = 0.01
GOOD = "wide-meadow-17"
PEOPLE = """
from accounts.models import User
from accounts.tests.factories import make_person
make_person("waiting", verified=False)
User.objects.filter(pk=make_person("closed").pk).update(is_active=False)
"""
Ask = Callable[[], None]


class Stranger:
    """One kept connection. Every answer must have the status that is expected: an error is quick, too."""

    def __init__(self, plaza: RunningPlaza) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", plaza.port, timeout=30)
        self._cookies: dict[str, str] = {}

    def leave(self) -> None:
        self._connection.close()

    def post_json(self, path: str, body: dict[str, str], status: int) -> None:
        self._send("POST", f"/api/v1/{path}", json.dumps(body), "application/json", status)

    def post_form(self, path: str, form: dict[str, str], status: int) -> None:
        form = {**form, "csrfmiddlewaretoken": self._cookies["csrftoken"]}
        self._send("POST", path, urlencode(form), "application/x-www-form-urlencoded", status)

    def open(self, path: str) -> str:
        return self._send("GET", path, "", "text/plain", 200)

    def _send(self, method: str, path: str, body: str, kind: str, status: int) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, {"Content-Type": kind, "Cookie": cookies})
        answer = self._connection.getresponse()
        text = answer.read().decode()
        assert answer.status == status, f"{path}: {answer.status}\n{text[:500]}"
        for header in answer.headers.get_all("Set-Cookie", []):
            if found := re.match(r"([\w-]+)=([^;]+)", header):
                self._cookies[found[1]] = found[2]
        return text


@pytest.fixture
def stranger(start_plaza) -> Iterator[Stranger]:
    plaza = start_plaza()
    said = manage("shell", "--no-imports", "-c", PEOPLE, env=plaza.env)
    assert said.returncode == 0, said.stderr
    stranger = Stranger(plaza)
    yield stranger
    stranger.leave()


def seconds(ask: Ask) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def measure(one: Ask, other: Ask) -> float:
    """The p-value of a sample of both."""
    times: dict[Ask, list[float]] = {one: [], other: []}
    for ask in (one, other) * 5:
        ask()  # caches are warm after this
    for _ in range(TRIES):
        for ask in random.sample([one, other], 2):
            times[ask].append(seconds(ask))
    return p_value(times[one], times[other])


def is_told_apart(what: str, one: Ask, other: Ask) -> bool:
    found = [measure(one, other)]
    if found[0] < SIGNIFICANT:
        found.append(measure(one, other))
    figure = f"{what}: p = {', again '.join(f'{p:.3g}' for p in found)}"
    figures.show(figure)
    print(figure, flush=True)  # with -s: the whole takes hours, and may be cut short
    return max(found) < SIGNIFICANT


KINDS = ["alice", "waiting", "closed"]  # who could be found out: somebody, who has not confirmed, who may not come in


@pytest.mark.parametrize("domain", ["", "@plaza.example"])
@pytest.mark.parametrize("known", KINDS)
def test_signing_in_to_the_api(stranger, known, domain):
    def sign_in(name: str) -> Ask:
        body = {"login": name + domain, "password": "wrong"}
        return lambda: stranger.post_json("auth/token", body, 401)

    assert not is_told_apart(f"API sign-in, {known}{domain}", sign_in(known), sign_in("nobody"))


@pytest.mark.parametrize("domain", ["", "@plaza.example"])
@pytest.mark.parametrize("known", KINDS)
def test_signing_in_on_the_page(stranger, known, domain):
    stranger.open("/accounts/login/")

    def sign_in(name: str) -> Ask:
        return lambda: stranger.post_form("/accounts/login/", {"login": name + domain, "password": "wrong"}, 200)

    nobody = "n" * len(known)  # the page shows again what was typed
    assert not is_told_apart(f"page sign-in, {known}{domain}", sign_in(known), sign_in(nobody))


@pytest.mark.parametrize("known", KINDS)
def test_signing_up_over_the_api(stranger, known):
    def sign_up(email: Callable[[], str]) -> Ask:
        def ask() -> None:
            name = secrets.token_hex(8)
            stranger.post_json("auth/register", {"username": name, "email": email(), "password": GOOD}, 202)

        return ask

    fresh = sign_up(lambda: fresh_address(known))
    assert not is_told_apart(f"API sign-up, {known}", sign_up(lambda: f"{known}@plaza.example"), fresh)


@pytest.mark.parametrize("known", KINDS)
def test_signing_up_on_the_page(stranger, known):
    stranger.open("/accounts/signup/")

    def sign_up(email: Callable[[], str]) -> Ask:
        def ask() -> None:
            form = {"username": secrets.token_hex(8), "email": email(), "password1": GOOD}
            stranger.post_form("/accounts/signup/", form, 302)

        return ask

    fresh = sign_up(lambda: fresh_address(known))
    assert not is_told_apart(f"page sign-up, {known}", sign_up(lambda: f"{known}@plaza.example"), fresh)


def fresh_address(like: str) -> str:
    """One that nobody has used, as long as the one that it is compared with."""
    return f"{secrets.token_hex(8)[: len(like)]}@plaza.example"


@pytest.mark.parametrize("path", ["auth/password-reset", "auth/activation-mail"])
@pytest.mark.parametrize("known", KINDS)
def test_asking_for_a_mail_over_the_api(stranger, path, known):
    def ask_for(name: str) -> Ask:
        return lambda: stranger.post_json(path, {"email": f"{name}@plaza.example"}, 202)

    assert not is_told_apart(f"{path}, {known}", ask_for(known), ask_for("n" * len(known)))


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/confirm-email/"])
@pytest.mark.parametrize("known", KINDS)
def test_asking_for_a_mail_on_the_page(stranger, path, known):
    stranger.open("/accounts/password/reset/")

    def ask_for(name: str) -> Ask:
        return lambda: stranger.post_form(path, {"email": f"{name}@plaza.example"}, 302)

    assert not is_told_apart(f"{path}, {known}", ask_for(known), ask_for("n" * len(known)))


@pytest.mark.parametrize("known", KINDS)
def test_moving_to_another_address(stranger, known):
    stranger.open("/accounts/login/")
    stranger.post_form("/accounts/login/", {"login": "bob", "password": PASSWORD}, 302)
    stranger.open("/settings/email/")

    def move(name: str) -> Ask:
        form = {"email": f"{name}@plaza.example", "password": PASSWORD}
        return lambda: stranger.post_form("/settings/email/", form, 302)

    assert not is_told_apart(f"change of address, {known}", move(known), move("n" * len(known)))


def test_the_eye_sees(stranger):
    """The control: a taken name is refused before anything is hashed."""

    def sign_up(name: Callable[[], str], status: int) -> Ask:
        def ask() -> None:
            body = {"username": name(), "email": "nobody@plaza.example", "password": GOOD}
            stranger.post_json("auth/register", body, status)

        return ask

    taken, free = sign_up(lambda: "alice", 400), sign_up(lambda: secrets.token_hex(8), 202)
    assert is_told_apart("control: a taken name", taken, free)


def test_a_shift_of_a_few_percent_is_seen_and_none_is_not():
    noise = random.Random(7)
    sample = [[noise.gauss(100, 5) for _ in range(TRIES)] for _ in range(2)]

    assert p_value(sample[0], sample[1]) > 0.05
    assert p_value(sample[0], [time + 3 for time in sample[1]]) < SIGNIFICANT
    assert p_value([1.0] * TRIES, [1.0] * TRIES) == 1
