"""Every change to messages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from chat import events, log
from chat.errors import MessageDeleted, NonceConflict
from chat.models import Message
from core import metrics
from core.errors import DomainError, Forbidden, NotFound, Unavailable
from rooms import policies
from rooms.callers import Caller
from rooms.errors import Blocked, RoomGone
from rooms.models import Channel, Member


@dataclass(frozen=True, slots=True)
class Draft:
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
    message: Message
    created: bool  # False: the nonce was known, this is what was stored then


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
    members = _members_of(drafts)
    known = _stored(drafts)
    outcomes: dict[int, Outcome] = {}
    fresh: dict[tuple[int, int, str], int] = {}
    repeated: list[int] = []
    for index, draft in enumerate(drafts):
        refusal = _refusal(draft, members)
        if refusal is not None:
            outcomes[index] = refusal
        elif draft.key in known:
            outcomes[index] = _again(known[draft.key], draft)
        elif draft.key in fresh:
            repeated.append(index)
        else:
            fresh[draft.key] = index
    written = _write([drafts[index] for index in fresh.values()], members)
    for index, message in zip(fresh.values(), written, strict=True):
        outcomes[index] = Posted(message, created=True)
    by_key = dict(zip(fresh, written, strict=True))
    for index in repeated:
        outcomes[index] = _again(by_key[drafts[index].key], drafts[index])
    return [outcomes[index] for index in range(len(drafts))]


def _write(drafts: Sequence[Draft], members: dict[tuple[int, int], Member]) -> list[Message]:
    if not drafts:
        return []
    now = timezone.now()
    entries = [log.Entry(d.channel, d.member, d.nonce, d.body_hash, d.body, now) for d in drafts]
    messages = [
        _message(entry, place, members[entry.channel, entry.author])
        for entry, place in zip(entries, log.append(entries), strict=True)
    ]
    metrics.MESSAGES_POSTED.inc(len(messages))
    events.message_changed(messages)
    return messages


def _message(entry: log.Entry, place: log.Place, author: Member) -> Message:
    """The row that was written, without asking for it."""
    return Message(
        id=place.id,
        channel_id=entry.channel,
        seq=place.seq,
        rev=place.rev,
        author=author,
        nonce=entry.nonce,
        body_hash=entry.body_hash,
        body=entry.body,
        created_at=entry.created_at,
    )


def _members_of(drafts: Sequence[Draft]) -> dict[tuple[int, int], Member]:
    """(channel, member) -> the member with their space, as they are now: never from what a socket remembers."""
    wanted = {draft.member for draft in drafts}
    rows = Member.objects.filter(pk__in=wanted, space__channels__in={draft.channel for draft in drafts})
    rows = rows.select_related("space", "user").annotate(channel_id=F("space__channels"))
    return {(row.channel_id, row.pk): row for row in rows}  # type: ignore[attr-defined]  # annotated above


def _refusal(draft: Draft, members: dict[tuple[int, int], Member]) -> DomainError | None:
    member = members.get((draft.channel, draft.member))
    if member is None or not member.is_present:
        return NotFound()
    return _refuse_speaking(member)


def _refuse_speaking(member: Member) -> DomainError | None:
    if not member.space.is_living():
        return RoomGone()
    if not policies.can_speak(member):
        return Blocked()
    return None


def _stored(drafts: Sequence[Draft]) -> dict[tuple[int, int, str], Message]:
    query = Q(pk__in=[])
    for channel in {draft.channel for draft in drafts}:
        own = [draft for draft in drafts if draft.channel == channel]
        query |= Q(channel=channel, author__in={d.member for d in own}, nonce__in={d.nonce for d in own})
    rows = Message.objects.filter(query).select_related("author__user")
    return {(row.channel_id, row.author_id, row.nonce): row for row in rows}


def _again(message: Message, draft: Draft) -> Outcome:
    if bytes(message.body_hash) != draft.body_hash:
        return NonceConflict()
    return Posted(message, created=False)


@transaction.atomic
def edit_message(*, caller: Caller, message_id: int, body: str) -> Message:
    """Raises NotFound, Forbidden (somebody else's), MessageDeleted, Blocked, RoomGone."""
    message, seat = _message_and_seat(caller, message_id)
    if message.author_id != seat.pk:
        raise Forbidden
    refusal = _refuse_speaking(seat)
    if refusal is not None:
        raise refusal
    message = _lock_for_change(message)
    if message.deleted_at is not None:
        raise MessageDeleted
    if message.body == body:
        return message
    message.body, message.edited_at = body, timezone.now()
    return _store_change(message)


@transaction.atomic
def delete_message(*, caller: Caller, message_id: int) -> Message:
    """One's own, also while blocked; the room's owner and staff anybody's. Deleting again changes nothing."""
    message, seat = _message_and_seat(caller, message_id)
    if message.author_id != seat.pk and not policies.can_moderate(caller, seat):
        raise Forbidden
    if not seat.space.is_living():
        raise RoomGone
    message = _lock_for_change(message)
    if message.deleted_at is not None:
        return message
    message.body, message.deleted_at = "", timezone.now()
    return _store_change(message)


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
    return Message.objects.select_related("author__user").get(pk=message.pk)


def _store_change(message: Message) -> Message:
    Channel.objects.filter(pk=message.channel_id).update(head=F("head") + 1)
    message.rev = Channel.objects.values_list("head", flat=True).get(pk=message.channel_id)
    message.save(update_fields=["rev", "body", "edited_at", "deleted_at"])
    events.message_changed([message])
    return message


def delete_history(space_id: int, *, at_once: int = 1000) -> None:
    """Delete the messages of a space in chunks, so that nobody else waits for long."""
    while True:
        doomed = list(Message.objects.filter(channel__space=space_id).values_list("pk", flat=True)[:at_once])
        if not doomed:
            return
        Message.objects.filter(pk__in=doomed).delete()
