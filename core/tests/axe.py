"""What axe, the accessibility checker, finds wrong on an open page."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

GRAVE = ("serious", "critical")
RUN = "async (within) => (await axe.run(within || document, {resultTypes: ['violations']})).violations"


def axe_violations(page: Page, within: str = "") -> list[str]:
    """One line for each thing that is wrong, serious or critical; the page is looked at as it is now.

    within  a CSS selector, to look at that part only
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN, within)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
