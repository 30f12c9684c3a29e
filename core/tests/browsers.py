"""Chromium for tests that need real pages, watched: no page may complain, be blocked by the CSP, or leave the host."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds that a page may take for one thing on a busy machine


class Watch:
    """What the pages of one test did that they must not do."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._expected: list[str] = []  # words of complaints that are in order now
        self._late: list[str] = []  # of those that were, and may still be on their way: once each

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("request", self._on_request)

    @contextmanager
    def server_down(self) -> Iterator[None]:
        """A page that cannot reach its server says so in the console; only then is that in order."""
        with self.refused("/ws/' failed"):
            yield

    @contextmanager
    def refused(self, status: int | str) -> Iterator[None]:
        """Browsers and htmx tell the console of every answer that is a refusal; only of this one they may. Also of
        what the browser itself refuses, by words of its complaint. What the console says comes a moment after what the
        page shows: the last of it, after this."""
        words = str(status)
        self._expected.append(words)
        yield
        self._expected.remove(words)
        self._late.append(words)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(words in message.text for words in self._expected):
            return
        if "closed before the connection is established" in message.text:
            return  # somebody went on to the next page while this one connected
        for words in self._late:
            if words in message.text:
                self._late.remove(words)
                return
        self.complaints.append(f"{message.type}: {message.text}")  # a CSP violation is an error here

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.complaints.append(f"left the host: {request.url}")


STILL = """
() => Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .map((one) => one.finished.catch(() => null)))
"""


def wait_until_still(page: Page) -> None:
    """Until what slides or grows is where it stays: what is measured on its way is nowhere."""
    page.evaluate(STILL)


class Visitors:
    """`visitors.arrive()` is a new person at a browser of their own: no cookies, an empty page."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.watch = Watch()

    def arrive(self, **options: Any) -> Page:
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        self.watch.follow(context)
        return context.new_page()

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for all tests of a file, which must not be async: Playwright's event loop runs as long as this does."""
    if shutil.which(CHROMIUM) is None:
        _do_without(f"{CHROMIUM} is not installed (CHROMIUM names another)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    """People at browsers. The test fails at its end if any of their pages complained."""
    found = Visitors(chromium)
    yield found
    found.leave()
    assert found.watch.complaints == []


_do_without: Callable[[str], Any] = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
