"""Plaza can be installed, says so in the reader's language, and keeps nothing of anybody's on the device."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image
from playwright.sync_api import expect

from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory


def manifest(client: Client, language: str = "en") -> dict[str, object]:
    answer = client.get("/manifest.webmanifest", headers={"accept-language": language})
    assert answer["Content-Type"] == "application/manifest+json"
    told: dict[str, object] = json.loads(answer.content)
    return told


@pytest.mark.django_db
def test_the_manifest_speaks_the_readers_language(client: Client) -> None:
    english, arabic = manifest(client), manifest(client, "ar")

    assert (english["lang"], english["dir"]) == ("en", "ltr")
    assert (arabic["lang"], arabic["dir"]) == ("ar", "rtl")
    assert english["id"] == arabic["id"] == english["start_url"] == "/"


@pytest.mark.django_db
def test_its_icons_and_shortcuts_are_there(client: Client) -> None:
    told = manifest(client)

    purposes = set()
    for icon in told["icons"]:  # type: ignore[attr-defined]  # as JSON has it
        path = finders.find(icon["src"].removeprefix("/static/"))
        with Image.open(str(path)) as drawn:
            assert f"{drawn.width}x{drawn.height}" == icon["sizes"]
        purposes.add((icon["sizes"], icon["purpose"]))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= purposes
    for shortcut in told["shortcuts"]:  # type: ignore[attr-defined]  # the same
        assert client.get(shortcut["url"]).status_code == 200


@pytest.mark.django_db
def test_the_worker_is_the_same_for_everybody_and_asked_for_each_time(client: Client) -> None:
    english = client.get("/sw.js")
    arabic = client.get("/sw.js", headers={"accept-language": "ar"})

    assert english["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in english["Cache-Control"]
    assert english.content == arabic.content


@pytest.mark.django_db
def test_all_of_its_shell_can_be_fetched(client: Client) -> None:
    first_line = client.get("/sw.js").content.decode().splitlines()[0]
    told = json.loads(first_line.removeprefix("self.PLAZA = ").removesuffix(";"))

    assert re.fullmatch(r"[0-9a-f]{16}", told["version"])
    assert told["offline"] in told["shell"]
    assert sorted(told["offlines"]) == ["ar", "en"]
    assert set(told["offlines"].values()) <= set(told["shell"])
    assert [url for url in told["shell"] if client.get(url).status_code != 200] == []


@pytest.mark.django_db
def test_the_offline_page_speaks_the_language_that_is_asked_of_it(client: Client) -> None:
    asked = client.get("/offline/ar/", headers={"accept-language": "en"})
    usual = client.get("/offline/", headers={"accept-language": "en"})

    assert '<html lang="ar" dir="rtl">' in asked.content.decode()
    assert asked["Content-Language"] == "ar"
    assert '<html lang="en" dir="ltr">' in usual.content.decode()
    assert client.get("/offline/xx/").status_code == 404


@pytest.mark.django_db
def test_the_policy_lets_the_worker_and_the_manifest_in(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]

    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy


def test_pages_are_compressed_and_files_keep_their_length(client: Client, db: None) -> None:
    page = client.get("/", headers={"accept-encoding": "gzip"})
    answer = client.get("/api/v1/rooms", headers={"accept-encoding": "gzip"})

    assert page["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in answer


@pytest.mark.slow  # a server, killed and started again
@pytest.mark.browser
def test_without_a_connection_there_is_a_page_that_says_so_and_nothing_of_anybodys_is_kept(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza()
    page = visitors.arrive()
    page.goto(plaza.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{plaza.url}/rooms/")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    plaza.kill()
    page.goto(f"{plaza.url}/accounts/login/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.locator(".card")).to_have_css("border-top-style", "solid")  # its styles are there too
    kept = page.evaluate(
        "caches.keys().then((all) => Promise.all(all.map((name) => caches.open(name).then((one) => one.keys()))))"
        ".then((all) => all.flat().map((request) => new URL(request.url).pathname))"
    )
    kept_pages = {path for path in kept if not path.startswith("/static/")}
    assert kept_pages == {"/offline/", "/offline/ar/", "/offline/en/"}

    plaza.start()
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("[name=login]")).to_be_visible()

    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": plaza.url}])
    page.goto(f"{plaza.url}/rooms/")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    plaza.kill()
    page.goto(f"{plaza.url}/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "ar")  # it was installed in English
    expect(page.locator("h1")).to_have_text("أنت غير متصل")


OFFER = """() => {
  const offer = new Event("beforeinstallprompt", { cancelable: true });
  window.prompted = 0;
  offer.prompt = async () => { window.prompted += 1; };
  dispatchEvent(offer);
  return offer.defaultPrevented;
}"""


@pytest.mark.slow  # a server
@pytest.mark.browser
def test_people_decide_when_it_is_updated_and_whether_it_is_installed(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza()
    page = visitors.arrive()
    page.goto(plaza.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    update = page.locator("[data-update]")
    expect(update).to_have_count(0)

    page.evaluate("() => { navigator.serviceWorker.register('/sw.js?next'); }")  # as a new version is: another worker
    expect(update).to_contain_text("A new version of Plaza is there.")
    page.evaluate("() => { window.isBefore = true; }")
    update.get_by_role("button", name="Reload").click()
    page.wait_for_function("() => !window.isBefore && navigator.serviceWorker.controller?.scriptURL.endsWith('?next')")

    update.get_by_role("button", name="Later").click()  # the page has asked for the worker as it was before
    expect(update).to_have_count(0)

    install = page.get_by_role("button", name="Install Plaza on this device")
    expect(install).to_be_hidden()
    assert page.evaluate(OFFER), "the browser's own banner is not shown"
    install.click()
    expect(install).to_be_hidden()  # an offer works once
    assert page.evaluate("window.prompted") == 1
    page.evaluate(OFFER)
    expect(install).to_be_visible()
    page.evaluate("() => { dispatchEvent(new Event('appinstalled')); }")
    expect(install).to_be_hidden()
    assert page.evaluate("window.prompted") == 0


def test_the_worker_names_every_place_that_is_not_its_own() -> None:
    source = Path(str(finders.find("js/worker.js"))).read_text(encoding="utf-8")

    for path in ("/admin/", "/api/", "/media/", "/ws/"):
        assert f'"{path}"' in source
