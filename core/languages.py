"""Which languages there are, and which one somebody is spoken to in.

A language is a folder of `locale/` with a compiled catalogue: CONTRIBUTING.md, "Another language".
"""

import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import timezone, translation

SOURCE = ("en", "English")  # the language of the code
OWN_NAMES = {"ar": "العربية"}  # Django's has a sign more than people write
ZONE_COOKIE = "plaza_time_zone"
PLURAL_SAMPLES = (0, 1, 2, 3, 5, 6, 7, 11, 20, 21, 100)  # every plural form of every language has one of these


def found(folder: Path) -> list[tuple[str, str]]:
    """Code and own name of English and of each language in `folder`, as the setting LANGUAGES wants them."""
    codes = sorted(
        translation.to_language(catalogue.parent.parent.name) for catalogue in folder.glob("*/LC_MESSAGES/django.mo")
    )
    return [SOURCE, *((code, _own_name(code)) for code in codes if code != SOURCE[0])]


def _own_name(code: str) -> str:
    """As Django knows it; for a language that Django does not know, its code."""
    known = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
    return OWN_NAMES.get(code) or str(known.get("name_local", code))


def is_offered(code: str) -> bool:
    return any(code == offered for offered, _name in settings.LANGUAGES)


def for_visitor(own: str, cookies: Mapping[str, str], accept_language: str) -> str:
    """The one that the person has chosen, else the language cookie's, else what the browser asks for, else English."""
    if is_offered(own):
        return own
    asked = SimpleNamespace(COOKIES=cookies, META={"HTTP_ACCEPT_LANGUAGE": accept_language})
    return translation.get_language_from_request(asked)  # type: ignore[arg-type]  # it looks at these two only


def zone_for_visitor(own: str, cookies: Mapping[str, str]) -> str:
    """The name of the person's own time zone, else of their device's, which static/js/page.js tells in a cookie."""
    told = cookies.get(ZONE_COOKIE, "")
    return own or (told if zone(told) else "")


@contextmanager
def spoken_to(language: str, time_zone: str = "") -> Iterator[None]:
    """Words, numbers and times are somebody's own in here. A language that is not offered changes nothing."""
    known = language if is_offered(language) else translation.get_language()
    with translation.override(known), timezone.override(zone(time_zone)):
        yield


def go_on_in(language: str) -> None:
    """The rest of what goes on inside `spoken_to` is in this language, if it is offered."""
    if is_offered(language):
        translation.activate(language)


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """None, which stands for UTC, for what is no zone: the machine's list may be older than the one chosen from."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
