"""How long a real browser takes to show "paid": an open payment page in Chromium, while the load goes on."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from load import Client, Told, send
from servers import Person

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
SETTLED_AFTER = 3  # seconds
# Resolves with the time, as Python's time.time() has it, at which the page says so.
SHOWN = """() => new Promise((done) => {
  const look = () => document.body.innerText.includes("Paid. Thank you!") && done(Date.now() / 1000);
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  look();
})"""


def why_not() -> str:
    """A sentence if there is no browser to measure with."""
    try:
        import playwright.async_api  # noqa: F401 - is it there?
    except ImportError:
        return "not measured: Playwright is not installed (`python3 run.py lint` installs it)"
    return "" if shutil.which(CHROMIUM) else f"not measured: {CHROMIUM} is not installed (CHROMIUM names another)"


@asynccontextmanager
async def opened(url: str, people: list[Person]) -> AsyncIterator[list[Any]]:
    """A page of each of them that waits, before there is any load; none where there is no browser. They have been open
    for a while: at its first page a browser loads the whole app, for when there is no network."""
    if why_not():
        yield []
        return
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = [await _open(browser, url, person) for person in people]
        await asyncio.sleep(SETTLED_AFTER)
        yield pages
        await browser.close()


async def measure(url: str, pages: list[Any], people: list[Person], after: float) -> list[float]:
    """Seconds from webhook to page, of each of them, one after the other, from `after` seconds on."""
    client = Client(url)
    await asyncio.sleep(after)
    found = [await _shown(page, client, person) for page, person in zip(pages, people, strict=False)]
    client.close()
    return found


async def _open(browser: Any, url: str, person: Person) -> Any:
    name, _, value = person.cookie.partition("=")
    context = await browser.new_context(locale="en")
    host = str(urlsplit(url).hostname)
    await context.add_cookies([{"name": name, "value": value, "domain": host, "path": "/"}])
    page = await context.new_page()
    await page.goto(f"{url}/payments/{person.payment}/")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    return page


async def _shown(page: Any, client: Client, person: Person) -> float:
    waiting = asyncio.create_task(page.evaluate(SHOWN))
    await asyncio.sleep(0.3)
    sent = time.time()
    await send(client, person.checkout, Told(), time.perf_counter())
    return float(await waiting) - sent
