"""What was said in a place, as a PDF: who, when, a line for each day, and the way back to the place."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO

from django.db.models import Exists, Max, Min, OuterRef, Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import notices
from chat.models import Message
from chat.transcript import Transcript
from core import languages
from core.mails import public_link
from rooms.models import Member

if TYPE_CHECKING:
    from core.pdf import Document

MOST_NAMES = 200  # of the people, at the head


def write(transcript: Transcript, file: BinaryIO, advance: Callable[[int], None] = lambda _percent: None) -> int:
    """How many pages. `advance` is told the percentage after each part, and may raise."""
    from core.pdf import Document  # takes a while to load, and few processes ever make one

    with languages.spoken_to(transcript.language, transcript.time_zone):
        title = transcript.title()
        link = public_link(transcript.path)
        with Document(
            file,
            title=title,
            language=transcript.language,
            rtl=translation.get_language_bidi(),
            footer=title,
            footer_link=link,
            numbering=_numbering,
        ) as document:
            _Writer(transcript, document, advance).write(title, link)
        return document.close()


def _numbering(page: int, pages: int) -> str:
    """In words: in a line from right to left nobody knows which of two numbers is which."""
    return _("Page %(page)s of %(pages)s") % {"page": page, "pages": pages}


class _Writer:
    def __init__(self, transcript: Transcript, document: "Document", advance: Callable[[int], None]) -> None:
        self._of = transcript
        self._document = document
        self._advance = advance
        self._day: date | None = None

    def write(self, title: str, link: str) -> None:
        self._document.heading(title)
        self._document.facts(self._facts())
        self._document.link(_("Back to where it was said"), link)
        after: int | None = self._of.from_seq
        while after is not None:
            rows, after = self._of.part(after)
            self._part(rows)
            if rows:
                self._advance(100 * (rows[-1].seq - self._of.from_seq) // self._of.longest)
        if self._day is None:
            self._document.paragraph(_("Nothing was said here."), style="muted")

    def _facts(self) -> list[tuple[str, str]]:
        ends = self._of.messages().aggregate(first=Min("created_at"), last=Max("created_at"))
        facts = []
        if ends["first"]:
            first, last = (date_format(timezone.localtime(ends[end]), "DATETIME_FORMAT") for end in ("first", "last"))
            facts.append((_("From"), first))
            facts.append((_("To"), last))
        return [
            *facts,
            (_("People"), self._people()),
            (_("Written on"), date_format(timezone.localtime(), "DATETIME_FORMAT")),
            (_("Times are those of"), self._of.time_zone),
        ]

    def _people(self) -> str:
        """Those who are there, and whoever said something of this."""
        spoke = Exists(self._of.messages().filter(notice__isnull=True, author=OuterRef("pk")))
        people = Member.objects.filter(space=self._of.space).exclude(kind=Member.Kind.SYSTEM)
        present = Member.objects.present().filter(space=self._of.space).values("pk")
        people = people.filter(Q(spoke) | Q(pk__in=present)).order_by("nickname_key")
        names = list(people.values_list("nickname", flat=True)[: MOST_NAMES + 1])
        if len(names) <= MOST_NAMES:
            return ", ".join(names)
        others = people.count() - MOST_NAMES
        more = ngettext("and %(count)d other", "and %(count)d others", others) % {"count": others}
        return f"{', '.join(names[:MOST_NAMES])} {more}"

    def _part(self, rows: Sequence[Message]) -> None:
        for day, said in groupby(rows, key=lambda row: timezone.localtime(row.created_at).date()):
            if day != self._day:
                self._day = day
                self._document.separator(date_format(day, "DATE_FORMAT"))
            for row in said:
                self._line(row)

    def _line(self, row: Message) -> None:
        time = date_format(timezone.localtime(row.created_at), "TIME_FORMAT")
        if row.notice:
            self._document.notice(f"{time} {notices.sentence(row.notice['code'], row.notice['names'])}")
            return
        edited = _("(edited)") if row.edited_at else ""
        self._document.message(row.author.nickname, time, row.body, note=edited)
