"""Thai has no spaces between words: they are found by a list of words, as ICU and LibThai do."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "fonts" / "thai-words.txt"
RUN = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]+")
NO_START = frozenset(
    "\u0e30\u0e31\u0e32\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\u0e45\u0e46\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e\u0e2f"
)
NO_END = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44")  # vowels that are written before their consonant
UNKNOWN = 1000  # what a character in no word costs, beside a word's 1: first few strangers, then few words


@cache
def words() -> tuple[frozenset[str], int]:
    """All, and how long the longest is."""
    listed = frozenset(WORDS.read_text(encoding="utf-8").split())
    return listed, max(map(len, listed))


def breaks(text: str) -> Iterator[int]:
    """Where words end inside of runs of Thai."""
    for run in RUN.finditer(text):
        if len(run[0]) > 1:
            yield from (run.start() + edge for edge in _edges(run[0]))


def _edges(run: str) -> list[int]:
    """The cheapest way to write the run as words, by its ends."""
    listed, longest = words()
    cuts = [place for place in range(1, len(run)) if run[place] not in NO_START and run[place - 1] not in NO_END]
    allowed = {0, *cuts, len(run)}
    cost, came_from = {0: 0}, {0: 0}
    for start in (0, *cuts):
        if start not in cost:
            continue
        following = next((place for place in range(start + 1, len(run) + 1) if place in allowed), len(run))
        ends = {end for end in range(start + 1, min(len(run), start + longest) + 1) if run[start:end] in listed}
        for end, price in [(following, UNKNOWN * (following - start)), *((end, 1) for end in ends & allowed)]:
            if cost[start] + price < cost.get(end, UNKNOWN * UNKNOWN * UNKNOWN):
                cost[end], came_from[end] = cost[start] + price, start
    edges, place = [], len(run)
    while place:
        edges.append(place)
        place = came_from[place]
    return edges[::-1]
