"""In which order a line's characters stand: the Unicode bidirectional algorithm (UAX #9), as levels.

Level 0 is left to right, 1 right to left, 2 left to right inside of that, and so on. Embeddings and overrides have no
effect (`core.pdf.cleaning` takes them away; they mislead far more often than they help); isolates work as specified.
Characters are never taken out, so levels and text keep step: what the algorithm ignores has its neighbour's level.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

MAX_DEPTH = 125  # BD2
STRONG = {"L", "R", "AL"}
INITIATORS = {"LRI", "RLI", "FSI"}
ISOLATES = INITIATORS | {"PDI"}
IGNORED = {"BN", "LRE", "RLE", "LRO", "RLO", "PDF"}
NEUTRAL = {"B", "S", "WS", "ON"} | ISOLATES
# A text without any of these runs from left to right: Hebrew, Arabic and their kin, isolates, the right-to-left marks.
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

OPENING = (
    "([{\u0f3a\u0f3c\u169b\u2045\u207d\u208d\u2308\u230a\u2329\u2768\u276a\u276c\u276e\u2770\u2772\u2774\u27c5"
    "\u27e6\u27e8\u27ea\u27ec\u27ee\u2983\u2985\u2987\u2989\u298b\u298d\u298f\u2991\u2993\u2995\u2997\u29d8\u29da"
    "\u29fc\u2e22\u2e24\u2e26\u2e28\u2e55\u2e57\u2e59\u2e5b\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a"
    "\ufe59\ufe5b\ufe5d\uff08\uff3b\uff5b\uff5f\uff62"
)
CLOSING = (
    ")]}\u0f3b\u0f3d\u169c\u2046\u207e\u208e\u2309\u230b\u232a\u2769\u276b\u276d\u276f\u2771\u2773\u2775\u27c6"
    "\u27e7\u27e9\u27eb\u27ed\u27ef\u2984\u2986\u2988\u298a\u298c\u2990\u298e\u2992\u2994\u2996\u2998\u29d9\u29db"
    "\u29fd\u2e23\u2e25\u2e27\u2e29\u2e56\u2e58\u2e5a\u2e5c\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b"
    "\ufe5a\ufe5c\ufe5e\uff09\uff3d\uff5d\uff60\uff63"
)
PAIR_OF = dict(zip(OPENING, CLOSING, strict=True))  # BidiBrackets.txt, Unicode 14
CANONICAL = {"\u2329": "\u3008", "\u232a": "\u3009"}  # BD16: these are the same bracket
MAX_OPEN = 63  # BD16

Item = TypeVar("Item")


def levels(text: str, base: int | None = None) -> tuple[list[int], int]:
    """A level for each character, and the paragraph's own; `base` None finds it by the first strong character."""
    if base is None:
        base = first_strong(text) or 0
    if base == 0 and not RIGHT_TO_LEFT.search(text):
        return [0] * len(text), 0
    original = [_class_of(character) for character in text]
    found, classes = _explicit(original, base)
    for sequence in _isolating_runs(original, found):
        _resolve(text, sequence, classes, found, base)
    return _implicit(original, classes, found, base), base


def first_strong(text: str) -> int | None:
    """P2, P3: the level of the first strong character outside isolates, None if there is none."""
    depth = 0
    for character in text:
        kind = _class_of(character)
        if kind in INITIATORS:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0 and kind in STRONG:
            return 0 if kind == "L" else 1
    return None


def visual_order(items: Sequence[Item], item_levels: Sequence[int]) -> list[Item]:
    """L2: what stands on a line from left to right. An item is what has one level throughout."""
    ordered = list(items)
    highest = max(item_levels, default=0)
    current = list(item_levels)
    for level in range(highest, 0, -1):
        start = 0
        while start < len(ordered):
            end = start
            while end < len(ordered) and current[end] >= level:
                end += 1
            ordered[start:end] = reversed(ordered[start:end])
            current[start:end] = reversed(current[start:end])
            start = max(end, start + 1)
    return ordered


@lru_cache(8192)
def _class_of(character: str) -> str:
    return unicodedata.bidirectional(character) or "L"


def _explicit(original: list[str], base: int) -> tuple[list[int], list[str]]:
    """X1 to X8 for isolates: levels, and classes as they are resolved from here on."""
    ends = _matching(original)
    stack, overflow, valid = [base], 0, 0
    found, classes = [], list(original)
    for place, kind in enumerate(original):
        if kind in INITIATORS:
            found.append(stack[-1])
            right = kind == "RLI" or (kind == "FSI" and _first_strong_class(original, place + 1, ends[place]) == 1)
            inner = (stack[-1] + 1) | 1 if right else (stack[-1] + 2) & ~1
            if inner <= MAX_DEPTH and not overflow:
                stack.append(inner)
                valid += 1
            else:
                overflow += 1
            continue
        if kind == "PDI":
            if overflow:
                overflow -= 1
            elif valid:
                stack.pop()
                valid -= 1
        found.append(base if kind == "B" else stack[-1])
        if kind in IGNORED:
            classes[place] = "BN"
    return found, classes


def _matching(original: list[str]) -> dict[int, int]:
    """BD9: where each isolate ends."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for place, kind in enumerate(original):
        if kind in INITIATORS:
            opened.append(place)
        elif kind == "PDI" and opened:
            ends[opened.pop()] = place
    return ends | dict.fromkeys(opened, len(original))


def _first_strong_class(original: list[str], start: int, end: int) -> int:
    depth = 0
    for kind in original[start:end]:
        if kind in INITIATORS:
            depth += 1
        elif kind == "PDI":
            depth -= 1
        elif depth == 0 and kind in STRONG:
            return 0 if kind == "L" else 1
    return 0


def _isolating_runs(original: list[str], found: list[int]) -> list[list[int]]:
    """BD13: places that are resolved together; what is ignored is in none (X9)."""
    ends = _matching(original)
    starts = {end: start for start, end in ends.items()}
    open_runs: dict[int, list[int]] = {}  # by the isolate's start, which is the run's last place
    runs: list[list[int]] = []
    last: list[int] | None = None
    for place, kind in enumerate(original):
        if kind in IGNORED:
            continue
        if kind == "PDI" and place in starts and starts[place] in open_runs:
            last = open_runs.pop(starts[place])
        elif last is None or found[last[-1]] != found[place]:
            last = []
            runs.append(last)
        last.append(place)
        if kind in INITIATORS:
            if ends[place] < len(original):
                open_runs[place] = last
            last = None
    return runs


def _resolve(text: str, run: list[int], classes: list[str], found: list[int], base: int) -> None:
    """W1 to N2 for one isolating run sequence, in place."""
    level = found[run[0]]
    before = _edge(classes, found, run[0] - 1, -1, level, base)
    unclosed = classes[run[-1]] in INITIATORS
    after = _direction(max(level, base)) if unclosed else _edge(classes, found, run[-1] + 1, 1, level, base)
    kinds = [classes[place] for place in run]
    _weak(kinds, before)
    _brackets([text[place] for place in run], [classes[place] for place in run], kinds, level, before)
    _neutral(kinds, level, before, after)
    for place, kind in zip(run, kinds, strict=True):
        classes[place] = kind


def _edge(classes: list[str], found: list[int], place: int, step: int, level: int, base: int) -> str:
    """X10: the direction on the other side of a run's edge."""
    while 0 <= place < len(classes) and classes[place] == "BN":
        place += step
    beyond = found[place] if 0 <= place < len(classes) else base
    return _direction(max(level, beyond))


def _direction(level: int) -> str:
    return "R" if level & 1 else "L"


def _weak(kinds: list[str], before: str) -> None:
    """W1 to W7."""
    previous = before
    for place, kind in enumerate(kinds):  # W1
        if kind == "NSM":
            kinds[place] = "ON" if previous in ISOLATES else previous
        previous = kinds[place]
    _numbers(kinds, before, after="AL", become="AN")  # W2
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for place in range(1, len(kinds) - 1):  # W4
        left, kind, right = kinds[place - 1 : place + 2]
        if (kind in {"ES", "CS"} and left == right == "EN") or (kind == "CS" and left == right == "AN"):
            kinds[place] = left
    _terminators(kinds)
    kinds[:] = ["ON" if kind in {"ES", "ET", "CS"} else kind for kind in kinds]  # W6
    _numbers(kinds, before, after="L", become="L")  # W7


def _numbers(kinds: list[str], before: str, *, after: str, become: str) -> None:
    """European numbers whose last strong character is `after` become something else."""
    strong = before
    for place, kind in enumerate(kinds):
        if kind in STRONG:
            strong = kind
        elif kind == "EN" and strong == after:
            kinds[place] = become


def _terminators(kinds: list[str]) -> None:
    """W5: signs such as % and $ beside a number are part of it."""
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        beside = (start and kinds[start - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN")
        if end > start and beside:
            kinds[start:end] = ["EN"] * (end - start)
        start = max(end, start + 1)


def _brackets(characters: list[str], original: list[str], kinds: list[str], level: int, before: str) -> None:
    """N0: a pair of brackets goes the way of what is in it."""
    here = _direction(level)
    for opening, closing in _pairs(characters, kinds):
        inside = {_strong(kind) for kind in kinds[opening + 1 : closing]}
        if here in inside:
            direction = here
        elif inside & {"L", "R"}:
            direction = next((one for kind in reversed(kinds[:opening]) if (one := _strong(kind))), before)
        else:
            continue
        for place in (opening, closing):
            kinds[place] = direction
            follower = place + 1
            while follower < len(kinds) and original[follower] == "NSM":
                kinds[follower] = direction
                follower += 1


def _pairs(characters: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    """BD16, in the order of the opening ones."""
    stack: list[tuple[str, int]] = []
    found = []
    for place, character in enumerate(characters):
        if kinds[place] != "ON":
            continue
        if character in PAIR_OF:
            if len(stack) == MAX_OPEN:
                return []
            closing = PAIR_OF[character]
            stack.append((CANONICAL.get(closing, closing), place))
        else:
            same = CANONICAL.get(character, character)
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == same:
                    found.append((stack[depth][1], place))
                    del stack[depth:]
                    break
    return sorted(found)


def _strong(kind: str) -> str:
    return "R" if kind in {"EN", "AN", "R"} else "L" if kind == "L" else ""


def _neutral(kinds: list[str], level: int, before: str, after: str) -> None:
    """N1, N2."""
    start, left = 0, before
    while start < len(kinds):
        if kinds[start] not in NEUTRAL:
            left = _strong(kinds[start])
            start += 1
            continue
        end = start
        while end < len(kinds) and kinds[end] in NEUTRAL:
            end += 1
        right = _strong(kinds[end]) if end < len(kinds) else after
        kinds[start:end] = [left if left == right else _direction(level)] * (end - start)
        start = end


def _implicit(original: list[str], classes: list[str], found: list[int], base: int) -> list[int]:
    """I1, I2, and L1 for separators; a line's end has its spaces cut off anyway."""
    for place, kind in enumerate(classes):
        level = found[place]
        if original[place] in {"B", "S"}:
            found[place] = base
        elif kind == "BN":
            found[place] = found[place - 1] if place else base
        elif level & 1:
            found[place] = level + (kind != "R")
        else:
            found[place] = level + {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)
    return found
