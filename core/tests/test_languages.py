"""Which language somebody is spoken to in, how it is chosen, and that nothing of another one is left in it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.cache import cache
from django.template import Context, Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone, translation

from accounts import mails
from accounts.models import User
from accounts.tests import factories as people
from core import languages
from core.mails import queue_mail
from core.models import Mail
from rooms.tests import factories as rooms
from scripts import messages

pytestmark = pytest.mark.django_db
ARABIC = {"Accept-Language": "ar"}
RIGHT_TO_LEFT = '<html lang="ar" dir="rtl">'
SIGN_IN_FIRST = {"ar": "سجّل الدخول أولًا.", "en": "Please sign in first."}

# What is written in Latin letters in every language: our name, other names, addresses.
LATIN = {
    "Plaza",
    "JavaScript",
    "ASCII",
    "API",
    "UTC",
    "ZIP",
    "JPEG",
    "PNG",
    "WebP",
    "GIF",
    "AVIF",
    "iPhone",
    "iPad",
    "alice",
    "bob",
    "PDF",
    *("EGP", "INR", "USD"),
    *("Free", "Level", "Premium"),  # plans are named by the staff
}
LATIN.add("English")  # a language is named in that language
ADDRESS = re.compile(r"\bhttps?://\S+|[\w.+-]+@[\w.-]+|/\S+/|\{\w+\}")
NOT_PAGES = ("api/", "admin/", "static/", "media/", "dev/components", "healthz", "readyz", "metrics", "sandbox/")
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
MAILS = sorted(
    f"{path.parent.parent.name}/{path.name.removesuffix('.subject.txt')}"
    for path in TEMPLATES.glob("*/mail/*.subject.txt")
    if path.parent.parent.name != "billing"  # they tell of payments: billing/tests/test_billing_mails.py
)
SAID_BY = {"aria-label", "title", "placeholder", "alt", "data-copied", "data-time-left"}


class Words(HTMLParser):
    """What a page says: its text, its labels and hints, and the sentences that its scripts show."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unsaid = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._unsaid += tag in ("script", "style")
        if tag == "meta" and given.get("name") == "description":
            self.said.append(given.get("content") or "")
        self.said += [given.get(name) or "" for name in SAID_BY]
        if tag == "input" and given.get("type") == "submit":
            self.said.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._unsaid -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._unsaid:
            self.said.append(data)


def latin_words(page: str) -> set[str]:
    parser = Words()
    parser.feed(page)
    words = re.findall(r"[A-Za-z][A-Za-z'’-]+", ADDRESS.sub(" ", " \n ".join(parser.said)))
    return set(words) - LATIN


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Every address of a page that takes no arguments."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if path.startswith(NOT_PAGES) or "<" in path or "(" in path:
            continue
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, path)
        else:
            yield f"/{path}".replace("^", "").replace("$", "")


@pytest.fixture(autouse=True)
def _whole_allowances() -> None:
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    return people.make_alice()


def page_of(client: Client, path: str = "/", **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


def detail(client: Client, **headers: str) -> str:
    return str(client.get("/api/v1/me", headers=headers).json()["detail"])


# --- Complete


def shown(client: Client, paths: list[str]) -> dict[str, set[str]]:
    """Path -> Latin words on its page, for those that have some."""
    found = {}
    for path in paths:
        response = client.get(path, headers=ARABIC)
        if not response.get("Content-Type", "").startswith("text/html") or not response.content:
            continue
        page = response.content.decode()
        assert RIGHT_TO_LEFT in page or "<html" not in page, path  # a part of a page stands in a page
        if words := latin_words(page):
            found[path] = words
    return found


def test_no_page_leaks_english_to_a_stranger(alice):
    room = rooms.make_room(alice, name="مقهى المدينة", nickname="ليلى")
    with translation.override("ar"):
        mail = queue_mail(to=alice.email, name="accounts/welcome", context={"person": alice}, link="http://x.example/")

    paths = [*addresses(), f"/rooms/{room.space.slug}/", f"/dev/mail/{mail.pk}/", "/nowhere/"]
    paths += ["/accounts/confirm-email/wrong/", "/accounts/password/reset/key/1-wrong/"]
    assert len(paths) > 10
    assert shown(Client(), paths) == {}


def test_no_page_leaks_english_to_somebody_signed_in(alice):
    room = rooms.make_room(alice, name="مقهى المدينة", nickname="ليلى")
    bob = rooms.join(room, people.make_bob(), nickname="سمير")
    rooms.say(room, bob, "أهلًا")

    paths = [path for path in addresses() if "logout" not in path]
    assert shown(rooms.person(alice), [*paths, f"/rooms/{room.space.slug}/", "/accounts/logout/"]) == {}


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/accounts/login/", {"login": "alice", "password": "wrong"}),
        ("/accounts/login/", {}),
        ("/accounts/signup/", {"username": "alice", "email": "nothing", "password1": "1"}),
        ("/accounts/signup/", {"username": "a\u200b", "email": "", "password1": "alicealice"}),
        ("/accounts/password/reset/", {"email": "nothing"}),
    ],
)
def test_what_is_wrong_with_a_form_is_said_in_arabic(alice, path, typed):
    page = Client().post(path, typed, headers=ARABIC).content.decode()

    assert latin_words(page) - {"nothing"} == set()
    assert "errorlist" in page or "notice--error" in page


def test_every_mail_is_arabic_for_somebody_who_reads_arabic(alice):
    assert MAILS
    for name in MAILS:
        mail = queue_mail(to=alice.email, name=name, context={"person": alice}, link="http://x.example/", language="ar")
        assert latin_words(f"<p>{mail.subject}</p><p>{mail.text}</p>{mail.html}") == set(), name
        assert RIGHT_TO_LEFT in mail.html


# --- Chosen


def test_a_stranger_reads_what_the_browser_asks_for_and_english_otherwise(client):
    assert RIGHT_TO_LEFT in page_of(client, **{"Accept-Language": "ar-EG,en;q=0.5"})
    assert 'lang="en" dir="ltr"' in page_of(client, **{"Accept-Language": "tlh"})
    assert 'lang="en" dir="ltr"' in page_of(client)


@pytest.mark.parametrize("asked", ["\xff", "*", "ar;q=2", "ar" * 5000, ",,;;", "../ar", "ar\x00"])
def test_no_header_and_no_cookie_breaks_a_page(client, asked):
    client.cookies["django_language"] = asked
    response = client.get("/", HTTP_ACCEPT_LANGUAGE=asked)

    assert response.status_code == 200


def test_the_cookie_goes_before_the_browser(client):
    client.cookies["django_language"] = "ar"

    assert RIGHT_TO_LEFT in page_of(client, **{"Accept-Language": "en"})


def test_a_persons_own_language_goes_before_the_cookie(alice):
    client = rooms.person(alice)
    client.cookies["django_language"] = "en"
    User.objects.update(language="ar")

    assert RIGHT_TO_LEFT in page_of(client)


@pytest.mark.parametrize("own", ["", "xx", "../ar"])
def test_a_language_that_is_not_offered_counts_for_nothing(alice, own):
    User.objects.update(language=own)

    assert RIGHT_TO_LEFT in page_of(rooms.person(alice), **ARABIC)


def test_a_page_says_what_it_depends_on(client):
    response = client.get("/", headers=ARABIC)

    assert response["Content-Language"] == "ar"
    assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", response["Vary"]))


def test_one_request_leaves_its_language_to_no_other(client):
    page_of(client, **ARABIC)

    assert (translation.get_language(), timezone.get_current_timezone_name()) == ("en", "UTC")


# --- Switched


def test_a_stranger_switches_and_comes_back_to_the_page(client):
    response = client.post("/accounts/language/", {"language": "ar", "next": "/rooms/?page=1"})

    assert (response.status_code, response["Location"]) == (302, "/rooms/?page=1")
    cookie = response.cookies["django_language"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("ar", "Lax", True)
    assert RIGHT_TO_LEFT in page_of(client)


def test_a_person_who_switches_is_known_by_it_everywhere(alice):
    rooms.person(alice).post("/accounts/language/", {"language": "ar", "next": "/"})

    assert User.objects.get().language == "ar"
    assert RIGHT_TO_LEFT in page_of(rooms.person(alice))


def test_every_page_offers_each_language_by_its_own_name(client, alice):
    for page in (page_of(client), page_of(rooms.person(alice))):
        assert all(word in page for word in ("/accounts/language/", "<bdi>English</bdi>", "<bdi>العربية</bdi>"))


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "", "javascript:x", "\\\\evil.example"])
def test_switching_leads_to_no_other_host(client, back):
    assert client.post("/accounts/language/", {"language": "ar", "next": back})["Location"] == "/"


@pytest.mark.parametrize("language", ["", "xx", "AR\0", "ar" * 500, "de"])
def test_a_language_that_is_not_offered_is_refused(alice, language):
    client = rooms.person(alice)
    response = client.post("/accounts/language/", {"language": language, "next": "/"})

    assert response.status_code == 400
    assert "django_language" not in response.cookies
    assert User.objects.get().language == ""


def test_a_link_does_not_switch(client):
    assert client.get("/accounts/language/?language=ar").status_code == 405


def test_another_site_does_not_switch():
    browser = Client(enforce_csrf_checks=True)

    assert browser.post("/accounts/language/", {"language": "ar"}).status_code == 403


# --- The API


def test_the_api_refuses_in_the_language_that_is_asked_for(client):
    assert detail(client, **ARABIC) == SIGN_IN_FIRST["ar"]
    assert detail(client) == SIGN_IN_FIRST["en"]


def test_the_api_speaks_to_the_holder_of_a_token_in_their_language(alice):
    User.objects.update(language="ar")
    token = people.sign_in().access
    response = Client().get("/api/v1/rooms/nowhere", headers=people.bearer(token))

    assert response.json()["detail"] == "لا شيء هنا، أو ليس لك أن تراه."
    assert response["Content-Language"] == "ar"


# --- Mail


def test_a_mail_is_in_its_readers_language_not_in_that_of_its_cause(alice):
    User.objects.update(language="ar")
    Client().post("/api/v1/auth/password-reset", {"email": alice.email}, content_type="application/json")

    assert people.newest_mail(alice.email).subject == "اختيار كلمة مرور جديدة"


def test_without_a_choice_it_is_in_the_language_of_the_page_that_asked(alice):
    Client().post("/accounts/password/reset/", {"email": alice.email}, headers=ARABIC)

    assert people.newest_mail(alice.email).subject == "اختيار كلمة مرور جديدة"


def test_a_mail_stays_readable_where_the_outer_elements_are_dropped(alice):
    alice.language = "ar"
    mails.send_welcome(alice)

    assert '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" lang="ar" dir="rtl">' in (
        Mail.objects.get().html
    )


# --- Times and numbers


def written(template: str, language: str, **values: object) -> str:
    with translation.override(language):
        return Template("{% load humanize i18n l10n %}" + template).render(Context(values))


def test_dates_and_numbers_are_written_as_the_language_does():
    moment = datetime(2026, 11, 5, 15, 4, tzinfo=UTC)

    assert written("{{ at|date }}, {{ at|time }}", "en", at=moment) == "5 November 2026, 15:04"
    assert written("{{ at|date }}, {{ at|time }}", "ar", at=moment) == "5 نوفمبر 2026, 3:04 م"
    assert written("{{ n|intcomma }} {{ x|localize }}", "ar", n=12345, x=1.5) == "12,345 1.5"
    assert written("{{ n }}", "ar", n=12345) == "12345"  # an id in an address stays an id


def test_counts_take_the_form_that_goes_with_the_number():
    count = "{% blocktranslate count count=n %}{{ count }} person{% plural %}{{ count }} people{% endblocktranslate %}"

    assert [written(count, "ar", n=number) for number in (0, 1, 2, 3, 11, 100)] == [
        "لا أحد",
        "شخص واحد",
        "شخصان",
        "3 أشخاص",
        "11 شخصًا",
        "100 شخص",
    ]


def test_the_page_brings_every_plural_form_for_its_scripts(alice):
    room = rooms.make_room(alice)
    page = page_of(rooms.person(alice), f"/rooms/{room.space.slug}/", **ARABIC)

    left = dict(re.findall(r'data-word="left-over" data-count="(\d+)">([^<]+)<', page))
    assert (left["1"], left["2"], left["3"]) == ("بقي حرف واحد", "بقي حرفان", "بقيت {count} أحرف")


def test_times_are_in_the_persons_time_zone(alice):
    User.objects.update(time_zone="Asia/Karachi")
    Mail.objects.create(to="x@plaza.example", name="a/b", subject="s")
    Mail.objects.update(created_at=datetime(2026, 11, 5, 15, 4, tzinfo=UTC))

    known, stranger = rooms.person(alice), Client()
    assert ">20:04<" in page_of(known, "/dev/mail/")
    assert ">15:04<" in page_of(stranger, "/dev/mail/")

    for client in (known, stranger):
        client.cookies[languages.ZONE_COOKIE] = "Africa/Cairo"
    assert ">20:04<" in page_of(known, "/dev/mail/"), "what they chose comes first"
    assert ">17:04<" in page_of(stranger, "/dev/mail/"), "the device's"
    User.objects.update(time_zone="")
    assert ">17:04<" in page_of(known, "/dev/mail/")


@pytest.mark.parametrize("zone", ["Nowhere/Town", "../../etc/passwd", "Europe", "/etc/localtime", "x" * 64, "é", " "])
def test_a_time_zone_that_is_none_breaks_nothing(alice, zone):
    client = rooms.person(alice)
    client.cookies[languages.ZONE_COOKIE] = zone
    assert client.get("/").status_code == 200

    User.objects.update(time_zone=zone)

    assert client.get("/").status_code == 200


# --- Another language


PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Rooms"
msgstr "Ĉambroj"
"""


def add_language(folder: Path, code: str) -> None:
    path = folder / code / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO, encoding="utf-8")


def test_a_third_language_is_one_file(client, settings, tmp_path):
    add_language(tmp_path, "eo")
    messages.compile_all(tmp_path)
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]
    settings.LANGUAGES = languages.found(tmp_path)

    page = page_of(client, "/rooms/", **{"Accept-Language": "eo"})

    assert '<html lang="eo" dir="ltr">' in page
    assert "<h1>Ĉambroj</h1>" in page
    assert "<bdi>Esperanto</bdi>" in page
    assert "No room is open" in page  # what is not translated yet is English


def test_a_language_that_django_does_not_know_is_named_by_its_code(tmp_path):
    for code in ("tlh", "pt_BR"):
        add_language(tmp_path, code)
    messages.compile_all(tmp_path)

    assert languages.found(tmp_path) == [("en", "English"), ("pt-br", "Português Brasileiro"), ("tlh", "tlh")]
