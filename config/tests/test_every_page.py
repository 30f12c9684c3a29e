"""Every page, as everybody finds it: in two languages, light and dark, on a desk and on a phone.

With PLAZA_PICTURES=<folder> each is photographed: `<page>-<language>-<theme>-<width>.png`. PLAZA_PAGES=settings-* goes
to the pages of these names only.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Error, Page, Response

from config.tests.every_page import EMPTY_PAGES, EXCUSED, NOT_PAGES, PAGES, Facts, Visit, url_names, why_no_page
from core.tests.axe import axe_violations
from core.tests.browsers import Visitors
from core.tests.servers import Blueprints, PlazaFactory, RunningPlaza, manage

PICTURES = os.environ.get("PLAZA_PICTURES")
ONLY = os.environ.get("PLAZA_PAGES", "*")
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.tests.refusing_settings",
    "DATABASE_URL": None,  # how it looks has nothing to do with where it is stored
    "REDIS_URL": None,
}


@dataclass(frozen=True)
class Look:
    language: str
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"

    def options(self) -> dict[str, Any]:
        return {
            "viewport": {"width": self.width, "height": 850 if self.width > 600 else 844},
            "color_scheme": self.theme,
            "locale": self.language,
            "reduced_motion": "reduce",
        }


DIRECTIONS = {"en": "ltr", "ar": "rtl"}
LOOKS = (Look("ar", "light", 390), Look("en", "light", 1360), Look("en", "dark", 390), Look("ar", "dark", 1360))


def test_every_address_is_a_page_or_is_said_not_to_be() -> None:
    visited = {visit.where for visit in PAGES}
    forgotten = sorted(name for name in url_names() - visited if not why_no_page(name))
    assert forgotten == [], "give each a line in PAGES of config/tests/every_page.py, or in NOT_PAGES with the reason"


def test_the_list_of_pages_knows_no_address_that_is_gone() -> None:
    names = url_names()
    assert [one.where for one in (*PAGES, *EMPTY_PAGES) if one.where not in names and one.where[0] != "/"] == []
    assert [glob for glob in NOT_PAGES if not any(fnmatchcase(name, glob) for name in names)] == []
    pictures = [one.picture for one in (*PAGES, *EMPTY_PAGES)]
    assert len(pictures) == len(set(pictures))


@pytest.fixture(scope="module")
def plazas(blueprints: Blueprints) -> Iterator[PlazaFactory]:
    factory = PlazaFactory(blueprints)
    yield factory
    factory.close()


@pytest.fixture(scope="module")
def plaza(plazas: PlazaFactory) -> tuple[RunningPlaza, Facts]:
    return _set_up(plazas, "fill")


@pytest.fixture(scope="module")
def new_plaza(plazas: PlazaFactory) -> tuple[RunningPlaza, Facts]:
    return _set_up(plazas, "empty")


def _set_up(plazas: PlazaFactory, how: str) -> tuple[RunningPlaza, Facts]:
    running = plazas(SETTINGS)
    code = f"from config.tests import every_page_data; every_page_data.{how}()"
    made = manage("shell", "--no-imports", "-c", code, env=running.env)
    assert made.returncode == 0, made.stderr
    facts: Facts = json.loads(made.stdout)
    return running, facts


@pytest.mark.laboratory
@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_is_whole(plaza: tuple[RunningPlaza, Facts], visitors: Visitors, look: Look) -> None:
    problems = _problems(PAGES, *plaza, visitors, look)
    assert not problems, "\n".join(problems)


@pytest.mark.laboratory
@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_new_plaza_says_what_to_do_next(
    new_plaza: tuple[RunningPlaza, Facts], visitors: Visitors, look: Look
) -> None:
    problems = _problems(EMPTY_PAGES, *new_plaza, visitors, look)
    assert not problems, "\n".join(problems)


def _problems(visits: Sequence[Visit], plaza: RunningPlaza, facts: Facts, visitors: Visitors, look: Look) -> list[str]:
    """A line for each thing that is wrong, with the page that has it. All pages are gone to."""
    page = visitors.arrive(**look.options())
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if _is_of(page, answer) else None)
    found = []
    for visit in visits:
        if not fnmatchcase(visit.picture, ONLY):
            continue
        _be(page, plaza, facts.get(f"session_{visit.who}", ""))
        with visitors.watch.refused(visit.status) if visit.status >= 400 else nullcontext():
            try:
                page.goto(plaza.url + visit.path(facts))
                if visit.do:
                    visit.do(page)
                wrong = _wrong_with(page, visit, look)
                _photograph(page, f"{visit.picture}-{look}")
            except Error as failed:
                wrong = [str(failed)]
            page.goto("about:blank")
        if answers[-1:] != [visit.status]:
            wrong.append(f"answered {answers[-1:]}")
        wrong += visitors.watch.complaints
        visitors.watch.complaints.clear()
        found += [f"{visit.picture}-{look}: {one}" for one in wrong]
    return found


def _is_of(page: Page, answer: Response) -> bool:
    return answer.request.is_navigation_request() and answer.frame == page.main_frame


def _be(page: Page, plaza: RunningPlaza, session: str) -> None:
    name = settings.SESSION_COOKIE_NAME
    page.context.clear_cookies(name=name)
    if session:
        page.context.add_cookies([{"name": name, "value": session, "url": plaza.url}])


def _wrong_with(page: Page, visit: Visit, look: Look) -> list[str]:
    page.evaluate("document.fonts.ready.then(() => true)")
    root = page.evaluate("(({ lang, dir, scrollWidth }) => ({ lang, dir, scrollWidth }))(document.documentElement)")
    wrong = []
    language = visit.language or look.language
    if (root["lang"], root["dir"]) != (language, DIRECTIONS[language]):
        wrong.append(f"is in {root['lang']}, {root['dir']}")
    if root["scrollWidth"] > look.width:
        wrong.append(f"is {root['scrollWidth']} wide")
    excused = tuple(f"{rule} (" for picture, rule, _reason in EXCUSED if picture == visit.picture)
    return wrong + [found for found in axe_violations(page) if not found.startswith(excused)]


def _photograph(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
