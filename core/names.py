"""Names that people give: rooms, nicknames. What may be in one, and when two are too alike.

Two keys, both unique among the living: the casefolded NFKC form, and the UTS #39 skeleton (names that look the same).
Either alone is not enough: the first misses Cyrillic look-alikes, the second splits some of what differs by case only.
"""

import json
import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from django.utils.translation import gettext as _

from core.errors import Invalid

# Controls, formats (zero-width, direction marks), surrogates, private use, unassigned, line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Blank though they are letters, marks or symbols by category: Hangul fillers, Braille blank, Khmer inherent vowels,
# Mongolian variation selectors, the grapheme joiner, the Khitan filler, the null notehead.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5\u180b\u180c\u180d\u180f\u034f\U00016fe4\U0001d159")
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # choose a sign's drawing, draw nothing themselves
_MARK = "\u200e"  # the package wraps right-to-left signs in it


def clean_name(raw: object, *, field: str, minimum: int, maximum: int) -> str:
    """The name as it is kept: NFC, trimmed, single spaces. Raises Invalid that says what is wrong, under `field`."""
    if not isinstance(raw, str):
        raise Invalid(fields={field: _("This must be text.")})
    if len(raw) > 10 * maximum:
        raise Invalid(fields={field: _("At most %(count)d characters.") % {"count": maximum}})
    name = " ".join(part for part in unicodedata.normalize("NFC", raw).split(" ") if part)
    if any(_is_invisible(sign) for sign in name):
        raise Invalid(fields={field: _("This has an invisible or control sign in it. Please use visible signs only.")})
    if len(name) < minimum:
        raise Invalid(fields={field: _("At least %(count)d characters.") % {"count": minimum}})
    if len(name) > maximum:
        raise Invalid(fields={field: _("At most %(count)d characters.") % {"count": maximum}})
    if len(name_skeleton(name)) > 4 * maximum or len(name_key(name)) > 4 * maximum:
        # A few signs stand for whole sentences; their keys would not fit an index.
        raise Invalid(fields={field: _("This has a sign in it that is too long when written out.")})
    if not name_skeleton(name):
        raise Invalid(fields={field: _("This needs at least one visible sign.")})
    return name


def name_key(name: str) -> str:
    """Casefolded NFKC: equal for names that differ by case or width only."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _VARIANTS.sub("", name)).casefold())


@lru_cache(maxsize=4096)
def name_skeleton(name: str) -> str:
    """Equal for names that look the same (UTS #39), whatever their case."""
    drawn = _draw(unicodedata.normalize("NFKC", _VARIANTS.sub("", name)))
    # Again after folding: a capital that looks like nothing else may fold to a letter that does. Of the capitals only O
    # looks like another sign than its small letter does: a zero, which then must stand for both.
    return _draw(drawn.casefold()).replace("0", "o")


def _draw(name: str) -> str:
    prototypes = _prototypes()
    return "".join(prototypes.get(sign, sign) for sign in unicodedata.normalize("NFD", name))


def _is_invisible(sign: str) -> bool:
    if sign == " ":
        return False
    return sign in _BLANK or unicodedata.category(sign) in _INVISIBLE or sign.isspace()


@cache
def _prototypes() -> dict[str, str]:
    """Sign -> the sign or signs it is drawn like. From Unicode's confusables.txt, as confusable_homoglyphs ships it.

    The package lists both directions, so each family of single signs gets one representative here; a sign drawn like
    several others (m like rn) is written out as those.
    """
    table = json.loads(resources.files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8"))
    leader: dict[str, str] = {}

    def find(sign: str) -> str:
        while leader.setdefault(sign, sign) != sign:
            sign = leader[sign]
        return sign

    spelled: dict[str, str] = {}
    for key, entries in table.items():
        sign, alike = key.strip(_MARK), [entry["c"].strip(_MARK) for entry in entries]
        if len(sign) != 1:
            continue
        for other in alike:
            if len(other) == 1:
                first, second = sorted((find(sign), find(other)), key=_rank)
                leader[second] = first
        if len(alike) == 1 and len(alike[0]) > 1:
            spelled[sign] = alike[0]
    single = {sign: find(sign) for sign in leader}
    return single | {sign: "".join(single.get(part, part) for part in text) for sign, text in spelled.items()}


def _rank(sign: str) -> tuple[bool, bool, int]:
    """The plainest sign represents its family: ASCII before others, lower case before capitals."""
    return not sign.isascii(), not sign.islower(), ord(sign)
