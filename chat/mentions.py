"""Who is named in a message, with an @ before their nickname, as somebody types it: in any case and width.

Nicknames have spaces and are of any script, so the longest one that is there wins. An @ inside a word (an e-mail
address) names nobody, nor does a nickname that goes on as another word.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from core.markup import Piece
from core.names import name_key
from rooms.models import Member, MemberQuerySet, PersonBlock
from rooms.speakers import Speaker

MOST_SIGNS = 20  # of a message; further ones name nobody
_LONGEST_KEY = 120  # four times the longest nickname: `core.names.clean_name`
_MANY_KEYS = 2000  # from which on asking for everybody is the smaller question
_SIGN = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}]")
# Thai, Lao, Burmese, Khmer, kana and ideographs are written without spaces: a nickname may stand right before a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Spoken(NamedTuple):
    """What somebody says in a space."""

    space: int
    author: Member | Speaker
    body: str


def has_sign(body: str) -> bool:
    return _SIGN.search(body) is not None


def find(spoken: Sequence[Spoken]) -> list[list[Member]]:
    """For each, the members present who are named in it, not the author; one query, and none if there is no @."""
    spelled = [list(_spelled(one.body)) for one in spoken]
    keys = {key for signs in spelled for keys in signs for key in keys}
    if not keys:
        return [[] for _ in spoken]
    spaces = {one.space for one, signs in zip(spoken, spelled, strict=True) if signs}
    seats = heeding(Member.objects.present().filter(space__in=spaces), [one.author for one in spoken])
    rows = list(seats if len(keys) > _MANY_KEYS else seats.filter(nickname_key__in=keys))
    there = {(row.space_id, row.nickname_key): row for row in rows}
    deaf = deaf_pairs(rows, [one.author for one in spoken])
    return [
        [row for row in _first_of_each(there, one.space, signs) if is_told(row, one.author, deaf)]
        for one, signs in zip(spoken, spelled, strict=True)
    ]


@dataclass(frozen=True)
class Naming:
    """Finds these members in a text, for `core.markup.render`. Whoever was named before they were called otherwise is
    not found any more."""

    people: tuple[tuple[str, str], ...]  # (nickname key, member id), the longest key first

    @classmethod
    def of(cls, members: Sequence[Member]) -> "Naming | None":
        keys = {(member.nickname_key, str(member.pk)) for member in members}
        return cls(tuple(sorted(keys, key=lambda one: (-len(one[0]), one)))) if keys else None

    def __call__(self, text: str) -> list[Piece]:
        pieces, done = [], 0
        for sign in islice(_SIGN.finditer(text), MOST_SIGNS):
            start = sign.end()
            if sign.start() < done or (start > 1 and _is_word(text[start - 2])):
                continue
            length, member = self._here(text[start : start + _LONGEST_KEY])
            if length:
                pieces += [Piece(text[done : sign.start()]), Piece(text[sign.start() : start + length], member)]
                done = start + length
        return [piece for piece in (*pieces, Piece(text[done:])) if piece.text]

    def _here(self, text: str) -> tuple[int, str]:
        """How long the name is that the text begins with, and whose it is; 0 if it begins with none."""
        folded = name_key(text)
        for key, member in self.people:
            if folded.startswith(key) and not _goes_on(folded, len(key)):
                return next((end for end in _near(len(key), len(text)) if name_key(text[:end]) == key), 0), member
        return 0, ""


def _near(first: int, last: int) -> Iterator[int]:
    """Lengths up to the last, the likely one first: most names are as long as their keys."""
    if first <= last:
        yield first
    yield from range(1, last + 1)


def heeding(seats: MemberQuerySet, authors: Sequence[Member | Speaker]) -> MemberQuerySet:
    """Marks those who want to hear nothing from somebody among the authors: whom from, `deaf_pairs` asks if need be."""
    people = {author.user_id for author in authors if author.user_id}
    return seats.annotate(is_deaf=Exists(PersonBlock.objects.filter(by=OuterRef("user"), of__in=people)))


def deaf_pairs(rows: Sequence[Member], authors: Sequence[Member | Speaker]) -> set[tuple[int, int]]:
    """(who, of whom) of rows that `heeding` marked. No query if there are none."""
    by = {row.user_id for row in rows if row.is_deaf}  # type: ignore[attr-defined]  # annotated above
    if not by:
        return set()
    of = {author.user_id for author in authors if author.user_id}
    return set(PersonBlock.objects.filter(by__in=by, of__in=of).values_list("by", "of"))


def is_told(seat: Member, author: Member | Speaker, deaf: set[tuple[int, int]]) -> bool:
    return seat.pk != author.pk and (seat.user_id, author.user_id) not in deaf


def _first_of_each(there: dict[tuple[int, str], Member], space: int, signs: list[list[str]]) -> list[Member]:
    """The longest that is there, of each @; everybody once."""
    found: dict[int, Member] = {}
    for keys in signs:
        row = next((there[space, key] for key in keys if (space, key) in there), None)
        if row is not None:
            found[row.pk] = row
    return list(found.values())


def _spelled(body: str) -> Iterator[list[str]]:
    """For each @, the keys of all nicknames that could stand behind it, the longest first."""
    for sign in islice(_SIGN.finditer(body), MOST_SIGNS):
        start = sign.end()
        if start == 1 or not _is_word(body[start - 2]):
            yield _keys(body[start : start + _LONGEST_KEY])


def _keys(text: str) -> list[str]:
    folded = name_key(text)
    ends = range(min(len(folded), _LONGEST_KEY), 1, -1)
    return [folded[:end] for end in ends if folded[end - 1] != " " and not _goes_on(folded, end)]


def _goes_on(folded: str, end: int) -> bool:
    """Whether the word before `end` does not end there."""
    if end == len(folded):
        return False
    category = unicodedata.category(folded[end])
    return category[0] == "M" or (_is_word(folded[end]) and _is_word(folded[end - 1]))


def _is_word(sign: str) -> bool:
    return (sign == "_" or unicodedata.category(sign)[0] in "LMN") and not _UNSPACED.match(sign)
