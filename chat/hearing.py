"""Who is told of a message beyond those who follow its channel: whoever is named in it, and the people of a
conversation. On their open pages at once, and by web push if they have not read it a few seconds later.

A conversation that somebody has muted tells them of mentions only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError
from django.utils.translation import gettext as _

from accounts import actions as account_actions
from accounts.models import User
from chat import events, mentions, unread
from chat.mentions import Spoken
from chat.models import Message
from chat.places import place_path
from chat.said import Said
from core import push
from rooms.models import Member, Space
from rooms.speakers import Speaker

log = structlog.get_logger(__name__)

MENTION, DIRECT = "mention", "direct"
PUSHED_AS = "message"


class Hearer(NamedTuple):
    member: Member
    kind: str


@dataclass(frozen=True)
class Audience:
    """Of a batch; lists go by its messages. `browsers` are the push subscriptions of hearers who have any."""

    named: list[list[Member]]
    hearers: list[list[Hearer]]
    browsers: dict[int, list[int]] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(place in the batch, member named)."""
        return [(index, row.pk) for index, rows in enumerate(self.named) for row in rows]


def gather(authors: Sequence[Speaker], bodies: Sequence[str]) -> Audience:
    """Before anything is written. No query for what nobody but the channel hears: which is nearly everything."""
    if not any(map(mentions.has_sign, bodies)) and not any(one.space.kind == Space.Kind.DIRECT for one in authors):
        nobody: list[Any] = [[]] * len(authors)
        return Audience(nobody, nobody)
    spoken = [Spoken(author.space_id, author, body) for author, body in zip(authors, bodies, strict=True)]
    named = mentions.find(spoken)
    partners = _partners([one for one in spoken if one.author.space.kind == Space.Kind.DIRECT])
    hearers = [_hearers(one, rows, partners) for one, rows in zip(spoken, named, strict=True)]
    people = {hearer.member.user_id for heard in hearers for hearer in heard if hearer.member.user_id}
    return Audience(named, hearers, account_actions.browsers_of(people))


class _Partners(NamedTuple):
    rows: dict[int, list[Member]]  # space -> who is there
    deaf: set[tuple[int, int]]


def _partners(spoken: Sequence[Spoken]) -> _Partners:
    if not spoken:
        return _Partners({}, set())
    authors, spaces = [one.author for one in spoken], {one.space for one in spoken}
    rows = list(mentions.heeding(Member.objects.present().filter(space__in=spaces, muted=False), authors))
    found: dict[int, list[Member]] = {space: [] for space in spaces}
    for row in rows:
        found[row.space_id].append(row)
    return _Partners(found, mentions.deaf_pairs(rows, authors))


def _hearers(one: Spoken, named: list[Member], partners: _Partners) -> list[Hearer]:
    heard = {row.pk: Hearer(row, MENTION) for row in named}
    for row in partners.rows.get(one.space, []):
        if row.pk not in heard and mentions.is_told(row, one.author, partners.deaf):
            heard[row.pk] = Hearer(row, DIRECT)
    return list(heard.values())


def queue_pushes(messages: Sequence[Said], audience: Audience) -> None:
    """In the transaction that stores them."""
    about = [
        (browser, {"message": message.pk, "member": hearer.member.pk, "kind": hearer.kind})
        for message, heard in zip(messages, audience.hearers, strict=True)
        for hearer in heard
        for browser in audience.browsers.get(hearer.member.user_id or 0, ())
    ]
    account_actions.queue_pushes(kind=PUSHED_AS, about=about)


def tell(messages: Sequence[Said], audience: Audience) -> None:
    """Their open pages. It is a hint: what they missed they see in the places that have something unread."""
    members = {hearer.member.pk for heard in audience.hearers for hearer in heard}
    if not members:
        return
    try:
        now = unread.standings(members, {message.channel_id for message in messages})
    except DatabaseError:  # the messages are stored; this is not worth refusing them
        log.warning("notify_without_database", exc_info=True)
        return
    for message, heard in zip(messages, audience.hearers, strict=True):
        for hearer in heard:
            state = now.get((hearer.member.pk, message.channel_id))
            if state is not None:
                events.notified(hearer.member, hearer.kind, message, state)


def word_push(user: User, about: dict[str, Any]) -> push.Notification | None:
    """None if it was read, taken back, or is not theirs to read any more."""
    messages = Message.objects.select_related("author", "channel__space")
    message = messages.filter(pk=about["message"], deleted_at=None).first()
    if message is None or not message.channel.space.is_living():
        return None
    seats = Member.objects.present().filter(pk=about["member"], user=user, space__channels=message.channel_id)
    seat: Any = unread.counted(seats.filter(space__channels=message.channel_id)).first()
    if seat is None or seat.read_seq >= message.seq:
        return None
    if about["kind"] != MENTION and seat.muted:
        return None
    return _notification(about["kind"], message, message.channel.space)


def _notification(kind: str, message: Message, space: Space) -> push.Notification:
    text = " ".join(message.body.split())
    is_long = len(text) > push.LONGEST_BODY
    return push.Notification(
        kind=kind,
        title=_title(message.author.nickname, space),
        body=text[: push.LONGEST_BODY - 1] + "…" if is_long else text,
        url=place_path(space.kind, space.slug),
        tag=f"channel-{message.channel_id}",
    )


def _title(author: str, space: Space) -> str:
    return _("%(name)s in %(place)s") % {"name": author, "place": space.name} if space.name else author
