"""The pages of the staff in a real browser: unfold needs what the Content-Security-Policy lets it have, and no more."""

import pytest

from accounts.tests.factories import PASSWORD
from core.tests.browsers import Visitors
from core.tests.servers import PlazaFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_staff_find_somebody_and_sign_them_out(start_plaza: PlazaFactory, visitors: Visitors) -> None:
    url = start_plaza().url
    page = visitors.arrive()
    page.goto(f"{url}/admin/accounts/user/")
    page.fill("[name=login]", "dana")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")

    page.wait_for_url("**/admin/accounts/user/")
    page.fill("[name=q]", "alice")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="alice", exact=True).click()
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_text("Every browser and every app").wait_for()
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_text("Signed out everywhere: alice").wait_for()

    page.goto(f"{url}/admin/accounts/auditentry/")
    page.get_by_text("signed_out_everywhere").first.wait_for()
    page.goto(f"{url}/admin/")
    page.get_by_text("Signed up this week").wait_for()
