"""People at the account pages in real browsers. They go by field names and paths only: the same in every language."""

import os
import re
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import RunningPlaza

PASSWORD = "a lamp beside the sea"
PICTURES = os.environ.get("PLAZA_PICTURES")  # a folder: every page that is looked at is kept there
PICTURE_SIZE = {"width": 1360, "height": 900}
PICTURE_NUMBERS, EMAIL_NUMBERS = count(1), count(1)

# All that a page says or would say, names and titles of its parts too; not what is marked as another language's, what
# people typed (bdi, or between isolates), code and addresses.
SAID = """() => {
    const typed = "bdi, textarea, [dir=auto], [dir=ltr], [aria-hidden=true], [lang]:not(html), [name=language]";
    const foreign = `${typed}, script, style, noscript, datalist`;
    const said = [document.title];
    for (const root of [document.body, ...[...document.querySelectorAll("template")].map((one) => one.content)]) {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode())
            if (!node.parentElement?.closest(foreign)) said.push(node.data);
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            for (const element of root.querySelectorAll(`[${name}]`))
                if (!element.closest("[lang]:not(html)")) said.push(element.getAttribute(name));
    }
    return said.join("\\n");
}"""
NO_WORDS = re.compile(
    r"[\u2066-\u2068][^\u2069]*\u2069|\S+@\S+|https?:\S+|\S+\.png|\{\w+\}|The Plaza"
)  # what scripts fill in, and the demo's room, come last
KNOWN_EVERYWHERE = {"Plaza", "JPEG", "PNG", "WebP", "GIF", "AVIF", "ZIP", "PDF", "UTC", "JavaScript"}


@dataclass(frozen=True)
class Tongue:
    """A language, what people who speak it type, and what a word of another one looks like on their pages."""

    code: str
    direction: str
    foreign_word: str
    people: tuple[str, ...]  # usernames, one for each test
    full_name: str
    about: str
    about_shown: str
    street: str
    city: str


ENGLISH = Tongue(
    code="en",
    direction="ltr",
    foreign_word=r"[\u0621-\u064a]+",
    people=("layla", "noor", "samir", "huda"),
    full_name="Layla Al-Farsi",
    about="I mend **old radios** by the sea.",
    about_shown="I mend old radios by the sea.",
    street="12 Harbour Street",
    city="Alexandria",
)
ARABIC = Tongue(
    code="ar",
    direction="rtl",
    foreign_word=r"[A-Za-z]{2,}",
    people=("ليلى", "نور", "سمير", "هدى"),
    full_name="ليلى الفارسي",
    about="أُصلح **أجهزة الراديو القديمة** قرب البحر.",
    about_shown="أُصلح أجهزة الراديو القديمة قرب البحر.",
    street="شارع الميناء 12",
    city="الإسكندرية",
)


class Person:
    """Somebody at a browser of their own. `name` is the username that they have or will have."""

    def __init__(self, visitors: Visitors, plaza: RunningPlaza, tongue: Tongue, name: str) -> None:
        self.visitors, self.plaza, self.tongue, self.name = visitors, plaza, tongue, name
        self.email = f"person-{next(EMAIL_NUMBERS)}@plaza.example"
        self.password = PASSWORD
        self.page: Page = visitors.arrive(viewport=PICTURE_SIZE, reduced_motion="reduce")
        self.main = self.page.get_by_role("main")

    def at_another_browser(self) -> "Person":
        other = Person(self.visitors, self.plaza, self.tongue, self.name)
        other.email, other.password = self.email, self.password
        return other

    # --- Pages ---

    def go(self, path: str) -> None:
        self.page.goto(self.plaza.url + path)

    def choose_language(self) -> None:
        """In the page's own menu, from English, which is where everybody's browser begins."""
        self.go("/accounts/signup/")
        expect(self.page.locator("html")).to_have_attribute("lang", "en")
        if self.tongue.code != "en":
            switch = self.page.locator("details[data-menu]").filter(has=self.page.locator("[name=language]"))
            switch.locator("summary").click()
            switch.locator(f"[name=language][value={self.tongue.code}]").click()
            expect(self.page.locator("html")).to_have_attribute("lang", self.tongue.code)

    def look(self, station: str) -> None:
        """This page speaks our language and no other, in its direction, and nothing sticks out of it."""
        html = self.page.locator("html")
        expect(html).to_have_attribute("lang", self.tongue.code)
        expect(html).to_have_attribute("dir", self.tongue.direction)
        expect(self.page.get_by_role("heading", level=1).first).to_be_visible()
        if PICTURES:
            path = Path(PICTURES, f"{self.tongue.code}-{next(PICTURE_NUMBERS):02}-{station}.png")
            self.page.screenshot(path=path, full_page=True)
        said = self.page.evaluate(SAID)
        foreign = foreign_words(said, self.tongue)
        lines = [line.strip() for line in said.splitlines() if any(word in line for word in foreign)]
        assert not foreign, f"{station} says {foreign}: {lines}"
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{station} is too wide"

    def told(self, kind: str = "success") -> Locator:
        """The notice that the last step left at the top of the page."""
        return self.main.locator(f".notices .notice--{kind}")

    # --- Forms ---

    def fill(self, **values: str | bool) -> None:
        for name, value in values.items():
            field = self.main.locator(f"[name={name}]")
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.evaluate("field => field.localName") == "select":
                field.select_option(value)
            else:
                field.fill(value)

    def send(self, field: str) -> None:
        """The form in which this field stands."""
        form = self.main.locator("form").filter(has=self.page.locator(f"[name={field}]"))
        form.locator("button[type=submit]:visible").last.click()

    def press(self, path: str) -> None:
        """The button of the form that goes to the address that ends so."""
        self.main.locator(f"form[action$='{path}'] button[type=submit]").click()

    # --- Signing in and out ---

    def register(self) -> None:
        """Over the API, which is quicker where signing up is not what is tested; the language is the browser's."""
        self.choose_language()
        asked = {"username": self.name, "email": self.email, "password": PASSWORD}
        api, headers = f"{self.plaza.url}/api/v1/auth", {"Accept-Language": self.tongue.code}
        assert self.page.request.post(f"{api}/register", data=asked, headers=headers).ok
        key = self.latest_mail()["key"]
        assert self.page.request.post(f"{api}/activate", data={"key": key}, headers=headers).ok

    def try_to_sign_in(self, login: str = "") -> None:
        self.go("/accounts/login/")
        self.fill(login=login or self.name, password=self.password)
        self.send("password")

    def sign_in(self, login: str = "") -> None:
        self.try_to_sign_in(login)
        self.page.wait_for_url("**/rooms/")

    def sign_out(self) -> None:
        self.account_menu().locator("form[action$='/logout/'] button").click()
        expect(self.account_menu()).to_have_count(0)

    def account_menu(self) -> Locator:
        """Open, if there is one."""
        menu = self.page.locator("details[data-menu]").filter(has=self.page.locator("[data-status-form]"))
        if menu.count():
            menu.locator("summary").click()
        return menu

    def is_signed_in(self) -> bool:
        """Whether the settings let them in."""
        self.go("/settings/")
        return "/accounts/login/" not in self.page.url

    # --- Mail ---

    def latest_mail(self) -> dict[str, str]:
        mail: dict[str, str] = self.page.request.get(f"{self.plaza.url}/dev/mail/latest?to={quote(self.email)}").json()
        return mail

    def read_mail(self, station: str, *, number: int) -> None:
        """Look into the demo's mailbox until so many mails have come to our address; open the newest of them."""
        until = time.monotonic() + PATIENCE / 1000
        mails = self.main.locator(".mail-row").filter(has=self.page.get_by_text(self.email, exact=True))
        while True:
            self.latest_mail()  # waits for workers
            self.go("/dev/mail/")
            if mails.count() >= number or time.monotonic() > until:
                break
        expect(mails).to_have_count(number)
        mails.first.click()
        self.look(f"mail-{station}")
        text = self.main.locator(".as-written").inner_text()
        assert foreign_words(text, self.tongue) == []
        assert self.name in text or self.tongue.full_name in text

    def follow_link(self) -> None:
        self.main.locator("a.button--primary").click()


def foreign_words(text: str, tongue: Tongue) -> list[str]:
    found = re.findall(tongue.foreign_word, NO_WORDS.sub(" ", text))
    return sorted(set(found) - KNOWN_EVERYWHERE)
