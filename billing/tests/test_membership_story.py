"""A member pays, in a browser, with no keys set: what they see changes by itself as events arrive."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from chat.tests.test_story import sign_in
from core.tests.browsers import PATIENCE, Visitors
from core.tests.servers import PlazaFactory, RunningPlaza

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=PATIENCE)
DAY = 86400
GOOD, DECLINED, SECURE, FAILS_LATER = "4242424242424242", "4000000000000002", "4000002500003155", "4000000000000341"


def test_from_free_over_a_failed_renewal_to_the_end(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    bob, staff = visitors.arrive(), visitors.arrive()
    sign_in(bob, plaza, "bob")
    sign_in(staff, plaza, "dana")
    watching = bob.context.new_page()
    watching.goto(f"{plaza.url}/membership/")
    stands(watching, "Free", rooms="0 of 1 used")

    it_begins(plaza, bob, watching)
    it_renews(plaza, staff, watching)
    it_fails(plaza, staff, watching)
    it_recovers(plaza, watching)
    it_is_cancelled_and_ends(plaza, staff, watching)


def it_begins(plaza: RunningPlaza, bob: Page, watching: Page) -> None:
    choose(bob, plaza, "Plaza Premium")
    expect(bob.get_by_text("Sandbox: no money moves")).to_be_visible()
    pay(bob, GOOD, "Start the free days")
    expect(bob.get_by_role("heading", name="Your free time has begun")).to_be_visible()
    stands(watching, "Free at first", rooms="0 used, unlimited")
    expect(watching.get_by_role("heading", name="Plaza Premium")).to_be_visible()
    expect(watching.locator("#membership")).to_contain_text("then EGP 150 a month")
    history(watching, ["Paid"])
    mail_comes(plaza, watching, "Plaza Premium is yours")


def it_renews(plaza: RunningPlaza, staff: Page, watching: Page) -> None:
    move_clock(staff, plaza, 31 * DAY)
    stands(watching, "Active", rooms="0 used, unlimited")
    history(watching, ["Paid", "Paid"])
    expect(watching.get_by_role("link", name="Receipt")).to_have_count(1)
    mail_comes(plaza, watching, "Plaza Premium goes on")


def it_fails(plaza: RunningPlaza, staff: Page, watching: Page) -> None:
    use_card(watching, "Card and details", FAILS_LATER)
    move_clock(staff, plaza, 31 * DAY)
    stands(watching, "Payment failed", rooms="0 used, unlimited")
    history(watching, ["Failed", "Paid", "Paid"])
    mail_comes(plaza, watching, "Your payment for Plaza Premium did not go through")


def it_recovers(plaza: RunningPlaza, watching: Page) -> None:
    use_card(watching, "Update the card", GOOD)
    stands(watching, "Active", rooms="0 used, unlimited")
    expect(watching.locator("#membership")).to_contain_text("EGP 150 a month. It goes on by itself")
    history(watching, ["Paid", "Paid", "Paid"])
    mail_comes(plaza, watching, "Plaza Premium goes on")


def it_is_cancelled_and_ends(plaza: RunningPlaza, staff: Page, watching: Page) -> None:
    cancel(watching)
    mail_comes(plaza, watching, "Plaza Premium is cancelled")
    quiet(watching)
    watching.get_by_role("button", name="Go on after all").click()
    stands(watching, "Active", rooms="0 used, unlimited")
    cancel(watching)

    move_clock(staff, plaza, 33 * DAY)
    stands(watching, "Ended", rooms="0 of 1 used")
    expect(watching.locator("#membership")).to_contain_text("Your membership ended on")
    history(watching, ["Paid", "Paid", "Paid"])
    mail_comes(plaza, watching, "Plaza Premium has ended")


def test_paid_once_declined_confirmed_and_paid_back(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    bob, staff = visitors.arrive(), visitors.arrive()
    sign_in(bob, plaza, "bob")
    sign_in(staff, plaza, "dana")
    watching = bob.context.new_page()
    watching.goto(f"{plaza.url}/membership/")

    choose(bob, plaza, "Level1")
    bob.get_by_role("button", name="Back without paying").click()
    expect(bob).to_have_url(re.compile("/plans/"))
    history(watching, ["Expired"])

    choose(bob, plaza, "Level1")
    pay(bob, DECLINED, "Pay EGP")
    expect(bob.get_by_role("alert")).to_contain_text("declined")
    history(watching, ["Failed", "Expired"])
    pay(bob, SECURE, "Pay EGP")
    bob.get_by_role("button", name="No, refuse").click()
    expect(bob.get_by_role("alert")).to_contain_text("nothing was paid")
    stands(watching, "Free", rooms="0 of 1 used")
    pay(bob, SECURE, "Pay EGP")
    bob.get_by_role("button", name="Yes, approve").click()
    expect(bob.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    stands(watching, "Active", rooms="0 of 3 used")
    history(watching, ["Paid", "Expired"])
    mail_comes(plaza, watching, "Level1 is yours")

    staff.goto(f"{plaza.url}/admin/billing/payment/?state__exact=paid")
    staff.locator("#result_list tbody a").first.click()
    staff.get_by_role("button", name="Refund").click()
    staff.locator("[name=given-reason]").fill("Asked for it")
    staff.locator("[name=sure]").click()
    history(watching, ["Refunded", "Expired"])
    stands(watching, "Free", rooms="0 of 1 used")
    mail_comes(plaza, watching, "You get .* back")


def test_each_plan_that_is_paid_once_gives_what_it_says(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    plaza = start_plaza()
    bob = visitors.arrive()
    sign_in(bob, plaza, "bob")
    watching = bob.context.new_page()
    watching.goto(f"{plaza.url}/membership/")

    for plan, rooms in (("Level1", "0 of 3 used"), ("Level2", "0 of 10 used"), ("Premium", "0 used, unlimited")):
        choose(bob, plaza, plan)
        pay(bob, GOOD, "Pay EGP")
        expect(bob.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
        stands(watching, "Active", rooms=rooms)

    bob.goto(f"{plaza.url}/plans/")
    bob.get_by_label(re.compile("once, for good")).check()
    bob.get_by_role("button", name="Choose Plaza Premium", exact=True).click()
    pay(bob, GOOD, "Pay EGP 4,500.00")
    expect(bob.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    expect(watching.locator("#membership")).to_contain_text("It is yours for good.")
    history(watching, ["Paid"] * 4)


def test_with_its_provider_away_a_checkout_says_so_and_is_tried_again(
    start_plaza: PlazaFactory, visitors: Visitors
) -> None:
    plaza = start_plaza()
    bob, staff = visitors.arrive(), visitors.arrive()
    sign_in(bob, plaza, "bob")
    sign_in(staff, plaza, "dana")
    staff.goto(f"{plaza.url}/sandbox/clock")
    staff.get_by_role("button", name="Be away for a minute").click()
    expect(staff.get_by_role("status")).to_contain_text("It answers nothing")

    bob.goto(f"{plaza.url}/plans/")
    with visitors.watch.refused(503):
        bob.get_by_role("button", name="Choose Level1", exact=True).click()
        expect(bob.get_by_role("alert")).to_contain_text("does not answer right now. Nothing was paid")
    staff.get_by_role("button", name="Answer again").click()
    expect(staff.get_by_role("status")).to_have_count(0)
    bob.get_by_role("button", name="Try again").click()
    bob.wait_for_url("**/sandbox/checkout/**")
    bob.goto(f"{plaza.url}/membership/")
    history(bob, ["Waiting"])


# --- What people see and do -----------------------------------------------------------------------------------------


def stands(page: Page, said: str, *, rooms: str) -> None:
    """What the membership's page says by itself, of how it stands and of what it allows."""
    expect(page.locator("#membership .badge").first).to_have_text(said)
    expect(page.locator("#membership .facts").first).to_contain_text(rooms)


def history(page: Page, states: list[str]) -> None:
    """The newest first."""
    expect(page.get_by_role("region", name="Payments").locator("tbody .badge")).to_have_text(states)


def use_card(page: Page, way: str, card: str) -> None:
    """On the provider's own page, and back."""
    quiet(page)
    page.get_by_role("button", name=way).click()
    page.fill("[name=card]", card)
    page.get_by_role("button", name="Save the card").click()
    page.get_by_role("link", name="Go back").click()


def cancel(page: Page) -> None:
    quiet(page)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_label(re.compile("Until then you keep")).check()
    page.get_by_role("button", name="Cancel the membership").click()
    stands(page, "Ends soon", rooms="0 used, unlimited")


def quiet(page: Page) -> None:
    """Until what comes live has come: a button that is replaced while it is pressed is not pressed."""
    seen = page.locator("#membership[data-seen]")
    while True:
        page.evaluate("document.querySelector('#membership').dataset.seen = ''")
        page.wait_for_timeout(1500)
        if seen.count():
            return


def choose(page: Page, plaza: RunningPlaza, plan: str) -> None:
    page.goto(f"{plaza.url}/plans/")
    page.get_by_role("button", name=f"Choose {plan}", exact=True).click()
    page.wait_for_url("**/sandbox/checkout/**")


def pay(page: Page, card: str, button: str) -> None:
    page.fill("[name=card]", card)
    page.get_by_role("button", name=button).click()


def move_clock(page: Page, plaza: RunningPlaza, seconds: int) -> None:
    page.goto(f"{plaza.url}/sandbox/clock")
    page.fill("input[name=advance]", str(seconds))
    page.get_by_role("button", name="Move the clock").click()
    expect(page.locator(".notice--success")).to_be_visible()


def mail_comes(plaza: RunningPlaza, page: Page, subject: str | re.Pattern[str]) -> None:
    """To bob, as the newest."""
    until, found = time.monotonic() + PATIENCE / 1000, ""
    while time.monotonic() < until:
        answer = page.context.request.get(f"{plaza.url}/dev/mail/latest?to=bob@plaza.example")
        found = answer.json().get("subject", "")
        if re.search(subject, found):
            return
    raise AssertionError(f"no mail {subject!r}; the newest is {found!r}")
