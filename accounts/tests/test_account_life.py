"""The life of an account in real browsers, in English and in Arabic: from the first visit to a forgotten password."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts.tests.people_at_browsers import ARABIC, ENGLISH, Person, Tongue
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("tongue", [ENGLISH, ARABIC], ids=lambda tongue: tongue.code),
]
expect.set_options(timeout=PATIENCE)

MANY_PEOPLE = {"RATE_SIGNUP": "1000/min"}  # all of them come from one address
WATCH_PROGRESS = """bar => {
    window.progress = [];
    new MutationObserver(() => progress.push(bar.hidden ? "over" : bar.value)).observe(bar, {attributes: true});
}"""


@pytest.fixture(scope="module")
def plaza(blueprints: Blueprints) -> Iterator[RunningPlaza]:
    """One for all tests here: each has its own people."""
    factory = PlazaFactory(blueprints)
    try:
        yield factory(MANY_PEOPLE)
    finally:
        factory.close()


def test_a_stranger_signs_up_and_comes_in(plaza: RunningPlaza, visitors: Visitors, tongue: Tongue) -> None:
    me = Person(visitors, plaza, tongue, tongue.people[0])
    me.choose_language()
    me.look("sign-up")
    me.fill(username=me.name, email=me.email, password1=me.password)
    me.send("password1")

    expect(me.main.locator("[name=email]")).to_have_value(me.email)
    me.look("look-into-your-mail")
    me.try_to_sign_in()
    expect(me.told("warning")).to_be_visible()
    me.look("too-early")
    assert not me.is_signed_in()

    me.go("/accounts/confirm-email/")
    me.send("email")
    expect(me.told()).to_be_visible()
    me.look("sent-again")
    me.read_mail("activation", number=3)  # signing up, the sign-in that came too early, and our asking
    assert f'dir="{tongue.direction}"' in me.latest_mail()["html"]
    me.follow_link()
    me.look("is-it-yours")
    me.page.locator("main form button").click()
    expect(me.told()).to_be_visible()
    me.look("confirmed")
    me.read_mail("welcome", number=4)

    me.sign_in(me.email)
    me.look("signed-in-by-address")
    me.sign_out()
    assert not me.is_signed_in()
    me.sign_in(me.name)
    assert me.is_signed_in()


def test_people_show_themselves(plaza: RunningPlaza, visitors: Visitors, tongue: Tongue) -> None:
    me = Person(visitors, plaza, tongue, tongue.people[1])
    me.register()
    me.sign_in()
    fill_profile(me)
    send_picture(me)
    keep_addresses(me)

    stranger = Person(visitors, plaza, tongue, "stranger")
    stranger.choose_language()
    stranger.go(f"/people/{me.name}/")
    expect(stranger.main.get_by_role("heading", level=1)).to_have_text(tongue.full_name)
    expect(stranger.main.get_by_text(tongue.about_shown)).to_be_visible()
    expect(stranger.main.locator("strong")).to_be_visible()
    expect(stranger.main.locator(".avatar img")).to_have_js_property("naturalWidth", 256)
    assert not {me.email, "901820", tongue.street} & set(stranger.main.inner_text().split())
    stranger.look("public-page")

    be_seen_busy(me, Person(visitors, plaza, ENGLISH, "bob"))


def test_people_keep_their_account_their_own(plaza: RunningPlaza, visitors: Visitors, tongue: Tongue) -> None:
    me = Person(visitors, plaza, tongue, tongue.people[2])
    me.register()
    me.sign_in()
    change_password(me)
    move_to_another_address(me)

    elsewhere = me.at_another_browser()
    elsewhere.sign_in()
    me.go("/settings/sign-out-everywhere/")
    me.look("sign-out-everywhere")
    me.press("/sign-out-everywhere/")
    expect(me.told()).to_be_visible()
    assert not elsewhere.is_signed_in()
    assert me.is_signed_in()

    me.sign_out()
    forget_password(me)


def test_people_take_their_data_and_stay_after_all(plaza: RunningPlaza, visitors: Visitors, tongue: Tongue) -> None:
    me = Person(visitors, plaza, tongue, tongue.people[3])
    me.register()
    me.sign_in()
    fill_profile(me)

    me.go("/settings/data/")
    me.look("data")
    me.press("/data/exports/new/")
    way = me.main.locator("#exports a[download]")
    expect(way).to_be_visible()
    me.look("packed")
    with me.page.expect_download() as download:
        way.click()
    with zipfile.ZipFile(download.value.path()) as packed:
        profile = json.loads(packed.read("profile.json"))
        readme = packed.read("README.txt").decode()
    assert (profile["username"], profile["display_name"]) == (me.name, tongue.full_name)
    assert (profile["about"], profile["phone"]) == (tongue.about, "+4930901820")
    assert tongue.full_name in readme or me.name in readme
    me.read_mail("data-is-ready", number=3)

    me.go("/settings/data/")
    me.main.locator("#deletion summary").click()
    me.fill(password="not my password", sure=True)
    with visitors.watch.refused(400):
        me.send("sure")
        expect(me.main.locator("#deletion .errorlist")).to_be_visible()
    me.look("deletion-refused")
    me.fill(password=me.password, sure=True)
    me.send("sure")
    banner = me.page.locator(".banner form[action$='/data/keep/']")
    for path in ("/", "/rooms/", f"/people/{me.name}/", "/settings/addresses/", "/settings/data/"):
        me.go(path)
        expect(banner).to_be_visible()
    me.look("to-be-deleted")
    me.read_mail("deletion-asked", number=4)
    me.page.locator(".banner button").click()
    expect(me.told()).to_be_visible()
    expect(banner).to_have_count(0)
    me.look("kept")
    me.read_mail("deletion-cancelled", number=5)


# --- What people do -------------------------------------------------------------------------------------------------


def fill_profile(me: Person) -> None:
    me.go("/settings/")
    me.look("profile-empty")
    me.fill(
        display_name=me.tongue.full_name,
        about=me.tongue.about,
        phone="+49 30 901820",
        time_zone="Africa/Cairo",
        language=me.tongue.code,
    )
    me.send("display_name")
    expect(me.told()).to_be_visible()
    for name, value in (("display_name", me.tongue.full_name), ("time_zone", "Africa/Cairo")):
        expect(me.main.locator(f"[name={name}]")).to_have_value(value)
    me.look("profile")


def send_picture(me: Person) -> None:
    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((900, 600)).convert("RGB").save(drawn, "PNG")
    picture = me.main.locator("[data-avatar]")
    picture.locator("progress").evaluate(WATCH_PROGRESS)
    picture.locator("input[type=file]").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    )
    picture.locator("canvas").click(trial=True)  # the preview, which nothing covers
    me.look("picture-chosen")
    picture.locator("[data-part=send]").click()
    expect(picture.locator(".avatar img")).to_be_visible()
    expect(me.page.locator(".rail .avatar img")).to_be_visible()
    moved = me.page.evaluate("window.progress")
    assert moved[-1] == "over"
    assert max(step for step in moved if step != "over") >= 70, "the upload's share of the bar"
    me.look("picture")


def keep_addresses(me: Person) -> None:
    """One at home and one abroad; the second becomes the first, the first goes."""
    me.go("/settings/addresses/")
    me.look("no-address")
    abroad = {"lines": "Unter den Linden 1", "postal_code": "10117", "city": "Berlin"}
    home = {"lines": me.tongue.street, "city": me.tongue.city}
    add_address(me, "DE", {"lines", "postal_code", "city"}, abroad)
    add_address(me, "EG", {"lines", "city", "region", "postal_code"}, home)
    rows = me.main.locator(".address")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Unter den Linden")
    me.look("addresses")

    rows.filter(has_text=me.tongue.street).locator("form[action$='/first/'] button").click()
    expect(rows.first).to_contain_text(me.tongue.street)
    rows.filter(has_text="Unter den Linden").locator("a[href$='/delete/']").click()
    me.look("delete-address")
    me.main.locator("form button.button--danger").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(me.tongue.street)


def add_address(me: Person, country: str, parts: set[str], typed: dict[str, str]) -> None:
    me.go("/settings/addresses/new/")
    me.fill(country=country)
    fields = me.main.locator("#address-fields")
    for name in ("lines", "district", "city", "region", "postal_code"):
        expect(fields.locator(f"[name={name}]")).to_have_count(1 if name in parts else 0)
    me.look(f"address-{country}")
    me.fill(**typed)
    me.send("country")
    expect(me.told()).to_be_visible()


def be_seen_busy(me: Person, bob: Person) -> None:
    bob.password = "plaza-demo"
    bob.sign_in()
    for one in (bob, me):
        one.go("/rooms/")
        one.go(one.main.locator("a[href^='/rooms/the-plaza']").first.get_attribute("href") or "")
        if one.main.locator("[name=nickname]").count():
            one.fill(nickname=one.name)
            one.send("nickname")
    expect(me.page.locator("main.room[data-ready]")).to_be_visible()  # it takes the focus then, which closes menus
    seen = bob.page.locator("#members .member").filter(has_text=me.name)
    expect(seen).to_have_attribute("data-status", "online")
    me.account_menu().locator("[data-status-form] [value=busy]").click()
    expect(seen).to_have_attribute("data-status", "busy")
    me.look("busy-in-the-room")


def change_password(me: Person) -> None:
    """Whoever was signed in elsewhere has to know the new one."""
    elsewhere = me.at_another_browser()
    elsewhere.sign_in()
    assert elsewhere.is_signed_in()
    me.go("/settings/account/")
    me.look("account")
    me.go("/accounts/password/change/")
    me.look("password")
    old, me.password = me.password, "a kettle above the clouds"
    me.fill(old=old, new=me.password)
    me.send("new")
    expect(me.told()).to_be_visible()
    me.look("password-changed")
    assert not elsewhere.is_signed_in()
    assert me.is_signed_in()
    me.read_mail("password-changed", number=3)


def move_to_another_address(me: Person) -> None:
    before, new = me.email, f"new-{me.email}"
    me.go("/settings/email/")
    me.look("email")
    me.fill(email=new, password=me.password)
    me.send("password")
    expect(me.told()).to_be_visible()
    me.look("email-waits")
    me.read_mail("email-change-asked", number=4)
    me.email = new
    me.read_mail("email-change", number=1)
    me.follow_link()
    me.look("email-confirm")
    me.page.locator("main form button").click()
    expect(me.told()).to_be_visible()
    expect(me.main.get_by_text(new)).to_be_visible()
    expect(me.main.get_by_text(before, exact=True)).to_have_count(0)
    me.look("email-changed")
    me.read_mail("email-changed", number=2)


def forget_password(me: Person) -> None:
    me.go("/accounts/login/")
    me.main.locator("a[href*='/password/reset/']").click()
    me.look("forgot")
    me.fill(email=me.email)
    me.send("email")
    me.page.wait_for_url("**/reset/done/")
    me.look("reset-sent")
    me.read_mail("reset", number=3)
    me.follow_link()
    me.look("choose-a-new-one")
    new = "a bicycle under the stairs"
    me.fill(password=new)
    me.send("password")
    me.page.wait_for_url("**/reset/key/done/")
    me.look("reset-done")

    me.try_to_sign_in()
    expect(me.main.locator("[name=login]")).to_be_visible()
    me.look("old-password-refused")
    me.password = new
    me.sign_in()
