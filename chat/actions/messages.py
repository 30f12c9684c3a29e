"""Every change to messages."""

import hashlib
import json
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from itertools import repeat
from typing import Any, NamedTuple

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.errors import NothingToDo
from chat import events, hearing, log, mentions, notices, payloads, unread
from chat.errors import MessageDeleted, NonceConflict
from chat.mentions import Spoken
from chat.models import Mention, Message, ReadState
from chat.said import Row, mention_rows, said
from chat.unread import Standing
from core import metrics
from core.errors import DomainError, Forbidden, NotFound, Unavailable
from rooms import policies
from rooms.callers import Caller
from rooms.errors import Blocked, NotReachable, RoomGone
from rooms.models import Channel, Member, Space
from rooms.speakers import Speaker, speakers

# Of the seat that a place speaks from. Names are trimmed, so nobody's key begins with a space.
SYSTEM_KEYS = {"nickname_key": " system", "nickname_skeleton": " system"}


class Draft(NamedTuple):
    """What a member wants to say. `body` is clean (`chat.text`); the nonce is the sender's, once per channel."""

    channel: int
    member: int
    nonce: str
    body: str

    @property
    def key(self) -> tuple[int, int, str]:
        return self.channel, self.member, self.nonce

    @property
    def body_hash(self) -> bytes:
        return hashlib.blake2b(self.body.encode(), digest_size=16).digest()


class Posted(NamedTuple):
    message: Row
    created: bool  # False: the nonce was known, this is what was stored then
    shown: str  # JSON of the message for its author: what everybody hears was made of the same text


Outcome = Posted | DomainError


def post_message(draft: Draft) -> Posted:
    (outcome,) = post_messages([draft])
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def post_messages(drafts: Sequence[Draft]) -> list[Outcome]:
    """Store a batch; an outcome for each draft, in order. A refusal fails one draft; when the batch fails as a whole
    (a nonce stored by another process in this instant), each is tried alone. Stored means committed."""
    try:
        return _post_batch(drafts)
    except DatabaseError:
        return _post_each(drafts)


def _post_each(drafts: Sequence[Draft]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stuck: set[int] = set()  # a held row costs the lock timeout: once for a channel, not once for each of its drafts
    for draft in drafts:
        if draft.channel in stuck or len(stuck) > 2:
            outcomes.append(Unavailable())
            continue
        try:
            outcomes.append(_post_alone(draft))
        except DatabaseError:
            stuck.add(draft.channel)
            outcomes.append(Unavailable())
    return outcomes


def _post_alone(draft: Draft) -> Outcome:
    try:
        return _post_batch([draft])[0]
    except IntegrityError:
        return _post_batch([draft])[0]  # the nonce is there now, and is found


def _post_batch(drafts: Sequence[Draft]) -> list[Outcome]:
    """One question for all of them, whoever and wherever they are, and one statement that writes (several on SQLite).
    More only for who is named, in conversations, and if something was sent before: its nonce then stops the statement.
    """
    members = speakers({draft.member for draft in drafts}, {draft.channel for draft in drafts})
    cut_off = _cut_off(members.values())
    refusals = [_refusal(draft, members, cut_off) for draft in drafts]
    fresh: dict[tuple[int, int, str], Draft] = {}  # of each key the first is written, the others are the same again
    for draft, refusal in zip(drafts, refusals, strict=True):
        if refusal is None:
            fresh.setdefault(draft.key, draft)
    known, written = _write_or_find(fresh, members)
    outcomes: list[Outcome] = []
    for draft, refusal in zip(drafts, refusals, strict=True):
        if refusal is not None:
            outcomes.append(refusal)
        elif draft.key in known:
            outcomes.append(_again(known[draft.key], draft))
        else:
            outcomes.append(_as_first(written[draft.key], fresh[draft.key], draft))
            written[draft.key] = written[draft.key]._replace(created=False)
    return outcomes


def _write_or_find(
    fresh: dict[tuple[int, int, str], Draft], members: dict[tuple[int, int], Speaker]
) -> tuple[dict[tuple[int, int, str], Message], dict[tuple[int, int, str], Posted]]:
    """By key what was stored before, and what has been written now. Hardly anything is sent twice, so nobody asks
    beforehand: the constraint says so, and nothing has been written then."""
    try:
        return {}, dict(zip(fresh, _write(fresh.values(), members), strict=True))
    except IntegrityError:
        known = _stored(fresh.values())
        if not known:
            raise
    new = {key: draft for key, draft in fresh.items() if key not in known}
    return known, dict(zip(new, _write(new.values(), members), strict=True))


def _as_first(posted: Posted, first: Draft, draft: Draft) -> Outcome:
    return posted if draft.body == first.body else NonceConflict()


def _write(drafts: Collection[Draft], members: dict[tuple[int, int], Speaker]) -> list[Posted]:
    if not drafts:
        return []
    now = timezone.now()
    entries = [log.Entry(d.channel, d.member, d.nonce, d.body_hash, d.body, now) for d in drafts]
    authors = [members[draft.channel, draft.member] for draft in drafts]
    audience = hearing.gather(authors, [draft.body for draft in drafts])
    with transaction.atomic() if audience.browsers else nullcontext():  # else it is one statement anyway
        places = log.append(entries, audience.pairs)
        messages = [said(*written) for written in zip(entries, places, authors, audience.named, strict=True)]
        if audience.browsers:
            hearing.queue_pushes(messages, audience)
    metrics.MESSAGES_POSTED.inc(len(messages))
    shown = events.message_changed(messages)
    hearing.tell(messages, audience)
    return [Posted(*made) for made in zip(messages, repeat(True), shown)]


def post_notice(*, space: Space, code: str, names: Sequence[str]) -> None:
    """A line in each channel of the space, by nobody, in the transaction of what it tells (channels are locked)."""
    seat, _created = Member.objects.get_or_create(
        space=space, kind=Member.Kind.SYSTEM, defaults={"nickname": "Plaza", **SYSTEM_KEYS}
    )
    body = notices.body(code, names)
    notice = json.dumps({"code": code, "names": list(names)})
    drafts = [
        Draft(channel, seat.pk, secrets.token_urlsafe(12), body)
        for channel in space.channels.order_by("pk").values_list("pk", flat=True)
    ]
    now = timezone.now()
    entries = [log.Entry(d.channel, d.member, d.nonce, d.body_hash, d.body, now, notice) for d in drafts]
    events.message_changed(
        [said(entry, place, seat) for entry, place in zip(entries, log.append(entries), strict=True)]
    )


def _cut_off(members: Iterable[Member | Speaker]) -> set[int]:
    """The conversations of two among their spaces in which nobody can say anything. No query if there are none."""
    pairs = {member.space_id for member in members if member.space.pair is not None}
    return set(Space.objects.cut_off().filter(pk__in=pairs).values_list("pk", flat=True)) if pairs else set()


def _refusal(draft: Draft, members: dict[tuple[int, int], Speaker], cut_off: set[int]) -> DomainError | None:
    member = members.get((draft.channel, draft.member))
    if member is None or not member.is_present:
        return NotFound()
    return _refuse_speaking(member, cut_off)


def speaking_seat(*, caller: Caller, channel_id: int) -> Member:
    """The caller's seat, who may speak now. Changes nothing. Raises NotFound, RoomGone, Blocked, NotReachable.

    One query, and one more in a conversation of two.
    """
    seats = Member.objects.present().of(caller).select_related("space")
    seat = seats.filter(space__channels=channel_id, space__swept_at=None).first()
    if seat is None:
        raise NotFound
    refusal = _refuse_speaking(seat, _cut_off([seat]))
    if refusal is not None:
        raise refusal
    return seat


def _refuse_speaking(member: Member | Speaker, cut_off: set[int]) -> DomainError | None:
    if not member.space.is_living():
        return RoomGone()
    if member.space_id in cut_off:
        return NotReachable()
    if not policies.can_speak(member):
        return Blocked()
    return None


def _stored(drafts: Collection[Draft]) -> dict[tuple[int, int, str], Message]:
    ids = log.stored([draft.key for draft in drafts])
    rows = Message.objects.filter(pk__in=ids).shown() if ids else ()
    return {(row.channel_id, row.author_id, row.nonce): row for row in rows}


def _again(message: Message, draft: Draft) -> Outcome:
    if bytes(message.body_hash) != draft.body_hash:
        return NonceConflict()
    return Posted(message, created=False, shown=payloads.encoded(message, reader=message.author_id))


@transaction.atomic
def edit_message(*, caller: Caller, message_id: int, body: str) -> Message:
    """Raises NotFound, Forbidden (somebody else's), MessageDeleted, Blocked, RoomGone, NotReachable."""
    message, seat = _message_and_seat(caller, message_id)
    if message.author_id != seat.pk:
        raise Forbidden
    refusal = _refuse_speaking(seat, _cut_off([seat]))
    if refusal is not None:
        raise refusal
    message = _lock_for_change(message)
    if message.deleted_at is not None:
        raise MessageDeleted
    if message.body == body:
        return message
    message.body, message.edited_at = body, timezone.now()
    _store_mentions(message, mentions.find([Spoken(seat.space_id, seat, body)])[0])
    return _store_change(message)


@transaction.atomic
def delete_message(*, caller: Caller, message_id: int) -> Message:
    """One's own, also while blocked; the room's owner and staff anybody's. Deleting again changes nothing.

    In a conversation nobody looks after the others, staff neither. What staff delete of others is in the audit log.
    """
    message, seat = _message_and_seat(caller, message_id)
    may_delete = seat.space.kind == Space.Kind.FLYAWAY and policies.can_moderate(caller, seat)
    if message.author_id != seat.pk and not may_delete:
        raise Forbidden
    if not seat.space.is_living():
        raise RoomGone
    message = _lock_for_change(message)
    if message.deleted_at is not None:
        return message
    if message.author_id != seat.pk and policies.is_staff(caller):
        _note_deletion(caller, message, seat.space)
    message.body, message.deleted_at = "", timezone.now()
    return _store_change(message)


@transaction.atomic
def remove_message(*, caller: Caller, message_id: int) -> Message:
    """By staff, who need no seat for it, in rooms alone; until the sweep. Raises NotFound, NothingToDo."""
    found = Message.objects.filter(channel__space__kind=Space.Kind.FLYAWAY, channel__space__swept_at=None)
    message = found.select_related("channel__space").filter(pk=message_id).first()
    if message is None or not policies.is_staff(caller):
        raise NotFound
    space, message = message.channel.space, _lock_for_change(message)
    if message.deleted_at is not None:
        raise NothingToDo
    _note_deletion(caller, message, space)
    message.body, message.deleted_at = "", timezone.now()
    return _store_change(message)


def _note_deletion(caller: Caller, message: Message, space: Space) -> None:
    """By staff, of what somebody else said. Not what it was: it has been deleted."""
    before = {"deleted": False}
    after = {"deleted": True, "by": message.author.nickname, "room": space.slug}
    audit.record(
        "message_deleted", actor=caller.user, target=message, address=caller.address, before=before, after=after
    )


def _message_and_seat(caller: Caller, message_id: int) -> tuple[Message, Member]:
    message = Message.objects.visible_to(caller).select_related("channel").filter(pk=message_id).first()
    if message is None:
        raise NotFound
    seat = Member.objects.present().of(caller).select_related("space").filter(space=message.channel.space_id).first()
    if seat is None:  # out since the line above
        raise NotFound
    return message, seat


def _lock_for_change(message: Message) -> Message:
    """The channel's row first, which every change of its log holds; then the message as it is now."""
    Channel.objects.select_for_update().get(pk=message.channel_id)
    return Message.objects.shown().get(pk=message.pk)


def _store_change(message: Message) -> Message:
    Channel.objects.filter(pk=message.channel_id).update(head=F("head") + 1)
    message.rev = Channel.objects.values_list("head", flat=True).get(pk=message.channel_id)
    message.save(update_fields=["rev", "body", "edited_at", "deleted_at"])
    if message.deleted_at is not None:
        _store_mentions(message, [])
    events.message_changed([message])
    return message


def _store_mentions(message: Message, named: Sequence[Member]) -> None:
    """Exactly these, as far as they can see it. Nobody is told: who is added by an edit finds it among the unread."""
    rows = mention_rows(
        message.pk, message.channel_id, message.seq, [row for row in named if row.from_seq < message.seq]
    )
    wanted, stored = {row.member_id for row in rows}, {row.member_id for row in message.mentioned}
    if stored - wanted:
        Mention.objects.filter(message=message).exclude(member__in=wanted).delete()
    Mention.objects.bulk_create([row for row in rows if row.member_id not in stored])
    message.mentioned = rows


def mark_read(*, caller: Caller, channel_id: int, seq: int) -> Standing:
    """Everything up to `seq`; what is behind the last message counts as that, what was read before changes nothing.

    Raises NotFound, RoomGone. Two queries, one if nothing changed: a client that scrolls asks often.
    """
    seats = Member.objects.present().of(caller).filter(space__channels=channel_id, space__swept_at=None)
    seat: Any = unread.counted(seats, read_to=seq).select_related("space").first()
    if seat is None:
        raise NotFound
    if not seat.space.is_living():
        raise RoomGone
    standing = unread.standing(seat)
    if standing.read_seq > standing.stored_seq and log.read_up_to(channel_id, seat.pk, standing.read_seq):
        events.was_read(seat, channel_id, standing)
    return standing


def delete_history(space_id: int, *, at_once: int = 1000) -> None:
    """Delete all that was said in a space, in chunks, so that nobody else waits for long. What is left goes next time.

    After each it rests for as long as that took: half of the time the disk is everybody else's.
    Mentions and read states first: they would go with the rows that they point at, however many they are.
    """
    for model in (Mention, ReadState, Message):
        rows = model._default_manager.filter(channel__space=space_id).values_list("pk", flat=True)
        while doomed := list(rows[:at_once]):
            began = time.monotonic()
            model._default_manager.filter(pk__in=doomed).delete()
            time.sleep(time.monotonic() - began)
