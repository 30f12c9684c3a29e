"""What was said in a place, for one reader: in their language, their time zone, and from their joining on.

`Transcript` says which of it; here it becomes plain text, in `chat/transcript_pdf.py` a PDF. What people wrote stands
there as they wrote it, Markdown and all: what one copies is what was said. It is read in parts, each one query, so a
long one is never whole in memory.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat import conversations, notices, payloads, places, unread
from chat.models import Message, MessageQuerySet
from core import languages
from core.realtime.threads import in_thread
from rooms.models import Channel, Member, Space

AT_ONCE = 500  # messages
_INDENT = "    "  # of a message's further lines: nobody can write one that looks like somebody else's message


@dataclass(frozen=True)
class Transcript:
    """Made where the reader's language and time zone are known; read when they are not any more.

    What is said while it is being read is not in it. `seat` is the reader's; None: the staff's, from the beginning.
    """

    space: Space
    channel: int
    from_seq: int
    last_seq: int
    head: int
    seat: Member | None
    language: str = field(default_factory=lambda: translation.get_language() or "")
    time_zone: str = field(default_factory=timezone.get_current_timezone_name)

    @classmethod
    def of_seat(cls, channel: Channel, seat: Member) -> "Transcript":
        return cls(channel.space, channel.pk, seat.from_seq, channel.last_seq, channel.head, seat)

    @classmethod
    def whole(cls, channel: Channel) -> "Transcript":
        return cls(channel.space, channel.pk, 0, channel.last_seq, channel.head, None)

    @property
    def longest(self) -> int:
        """So many messages it has at most: the deleted ones are in neither."""
        return max(0, self.last_seq - self.from_seq)

    @property
    def path(self) -> str:
        return places.place_path(self.space.kind, self.space.slug)

    def title(self) -> str:
        """A room's name; of a conversation, with whom it is."""
        if self.space.kind != Space.Kind.DIRECT or self.seat is None:
            return self.space.name
        others = unread.others_in([self.seat])[self.space.pk]
        return conversations.title([payloads.person(other) for other in others])

    def messages(self) -> MessageQuerySet:
        return Message.objects.filter(
            channel=self.channel, seq__gt=self.from_seq, seq__lte=self.last_seq, deleted_at=None
        )

    def part(self, after: int) -> tuple[list[Message], int | None]:
        """The messages after that seq with their authors, and the last one's seq; None at the end."""
        rows = list(self.messages().filter(seq__gt=after).select_related("author").order_by("seq")[:AT_ONCE])
        return rows, rows[-1].seq if len(rows) == AT_ONCE else None


@dataclass(frozen=True)
class TextTranscript:
    """Plain text, written as it is read."""

    of: Transcript

    def __iter__(self) -> Iterator[bytes]:
        yield self._head()
        after: int | None = self.of.from_seq
        while after is not None:
            text, after = self._part(after)
            yield text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield await in_thread(self._head)
        after: int | None = self.of.from_seq
        while after is not None:
            text, after = await in_thread(self._part, None, after)
            yield text

    def _head(self) -> bytes:
        with languages.spoken_to(self.of.language, self.of.time_zone):
            about = _("Written on %(time)s. Times are those of %(zone)s.") % {
                "time": _time(timezone.now()),
                "zone": self.of.time_zone,
            }
            return f"{self.of.title()}\n{about}\n\n".encode(errors="replace")

    def _part(self, after: int) -> tuple[bytes, int | None]:
        rows, last = self.of.part(after)
        with languages.spoken_to(self.of.language, self.of.time_zone):
            text = "".join(_line(row) for row in rows)
        return text.encode(errors="replace"), last


def _line(row: Message) -> str:
    if row.notice:
        return f"[{_time(row.created_at)}] * {notices.sentence(row.notice['code'], row.notice['names'])}\n"
    first, *others = row.body.splitlines() or [""]
    edited = " " + _("(edited)") if row.edited_at else ""
    lines = [f"[{_time(row.created_at)}] {row.author.nickname}: {first}", *(_INDENT + line for line in others)]
    return "\n".join(lines) + edited + "\n"


def _time(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
