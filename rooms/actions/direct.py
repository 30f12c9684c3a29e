"""Conversations: of two people, which there is once, and of a few, which anybody in it may enlarge.

A conversation of two is never left: it is put away (`Member.left_at`), and stands in one's list again with the next
message, or when one starts it again.
"""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.usernames import clean_username
from core.errors import Invalid, NotFound
from core.ids import parse_id
from core.names import clean_name, name_key, name_skeleton
from core.rates import take
from rooms import events, signals
from rooms.actions.locks import lock_for_access_change
from rooms.actions.names import LONGEST_NICKNAME, nickname_fields
from rooms.callers import Caller
from rooms.errors import NotAGroup, NotReachable
from rooms.models import Channel, Member, PersonBlock, Space

MOST_OTHERS = 9


class Started(NamedTuple):
    space: Space
    channel: Channel
    created: bool


def start_conversation(*, caller: Caller, people: Sequence[str]) -> Started:
    """With one other person the conversation of both, which may be there already; with more of them a new one.

    `people` are usernames or ids. Raises NotAuthenticated, Invalid, NotFound, NotReachable, SlowDown.
    """
    user = caller.require_user()
    others = _reachable_people(user, people)
    pair = pair_of(user, others[0]) if len(others) == 1 else None
    found = _taken_up(user, pair) if pair else None
    if found is not None:
        return found
    take("CONVERSATIONS", caller.key)
    try:
        with transaction.atomic():
            return _open(user, others, pair)
    except IntegrityError:
        found = _taken_up(user, pair) if pair else None  # the other one started it in the same instant
        if found is None:
            raise
        return found


def pair_of(one: User, other: User) -> str:
    """What `Space.pair` is for these two."""
    low, high = sorted((one.pk, other.pk))
    return f"{low}:{high}"


def _taken_up(user: User, pair: str) -> Started | None:
    space = Space.objects.filter(pair=pair).first()
    if space is None:
        return None
    Member.objects.filter(space=space, user=user, left_at__isnull=False).update(left_at=None)
    return Started(space, space.channels.get(), created=False)


def _open(user: User, others: Sequence[User], pair: str | None) -> Started:
    slug = f"talk-{secrets.token_hex(8)}"  # nobody guesses it
    space = Space.objects.create(kind=Space.Kind.DIRECT, slug=slug, created_by=user, pair=pair)
    channel = Channel.objects.create(space=space, name="")
    everybody = [user, *others]
    names = _nicknames(everybody, ())
    Member.objects.bulk_create(
        Member(space=space, user=person, **nickname_fields(name)) for person, name in zip(everybody, names, strict=True)
    )
    return Started(space, channel, created=True)


@transaction.atomic
def add_people(*, caller: Caller, space: Space, people: Sequence[str]) -> None:
    """By anybody in it. They see what is said from now on; who is in already stays as they are.

    Raises NotFound, NotAGroup, Invalid, NotReachable, SlowDown.
    """
    user = caller.require_user()
    others = _reachable_people(user, people)
    space = Space.objects.select_for_update().get(pk=space.pk)
    channel = space.channels.get()
    seats = {seat.user_id: seat for seat in space.members.select_for_update().order_by("pk")}
    own = seats.get(user.pk)
    if own is None or not own.is_present:
        raise NotFound
    if space.pair is not None:
        raise NotAGroup
    new = [person for person in others if person.pk not in seats or not seats[person.pk].is_present]
    if sum(seat.is_present for seat in seats.values()) + len(new) > MOST_OTHERS + 1:
        raise Invalid(fields={"people": _("A conversation has at most %(count)d people.") % {"count": MOST_OTHERS + 1}})
    take("CONVERSATIONS", caller.key)
    strangers = [person for person in new if person.pk not in seats]
    names = dict(zip((one.pk for one in strangers), _nicknames(strangers, seats.values()), strict=True))
    for person in new:
        member = seats.get(person.pk) or Member(space=space, user=person, **nickname_fields(names[person.pk]))
        member.state, member.from_seq = Member.State.ACTIVE, channel.last_seq
        member.joined_at, member.left_at = timezone.now(), None
        member.save()
        events.member_changed(member, [channel])


@transaction.atomic
def leave_conversation(*, caller: Caller, space: Space) -> None:
    """Stand up from one of several; put one of two away. The last to leave leaves nothing behind. Raises NotFound."""
    space, channels = lock_for_access_change(space.pk)
    seats = Member.objects.present().filter(space=space)
    member = seats.of(caller).select_for_update().first()
    if member is None:
        raise NotFound
    member.left_at = timezone.now()
    if space.pair is not None:
        member.save(update_fields=["left_at"])
        return
    member.state = Member.State.LEFT
    member.save(update_fields=["state", "left_at"])
    events.member_changed(member, channels)
    events.put_out(member, channels, "left")
    if seats.exists():
        signals.space_noticed.send(sender=Member, space=space, code="left", names=[member.nickname])
    else:  # the sweep deletes what was said
        Space.objects.filter(pk=space.pk).update(expires_at=member.left_at)


def mute_conversation(*, caller: Caller, space: Space, muted: bool) -> None:
    """One hears of mentions only, or of everything again. Raises NotFound."""
    if not Member.objects.present().of(caller).filter(space=space).update(muted=muted):
        raise NotFound


def _reachable_people(user: User, asked: Sequence[str]) -> list[User]:
    """Everybody once. Who is not there, has not confirmed their address or has a closed account is missing."""
    named = list(dict.fromkeys(text.strip() for text in asked))
    if not 1 <= len(named) <= MOST_OTHERS:
        said = _("Name at least one person, and at most %(count)d.") % {"count": MOST_OTHERS}
        raise Invalid(fields={"people": said})
    people = {person.pk: person for person in _found(named)}
    if user.pk in people:
        raise Invalid(fields={"people": _("That is you. Name the others only.")})
    block = PersonBlock.objects.between(user.pk, people).first()
    if block is not None:
        raise NotReachable(people[block.of_id if block.by_id == user.pk else block.by_id].public_name)
    return list(people.values())


def _found(named: Sequence[str]) -> list[User]:
    """In the order named. Two queries' worth of names and ids in one."""
    keys = {text: _key(text) for text in named}
    ids = {text: _id(text) for text in named}
    wanted = Q(username_key__in=[key for key in keys.values() if key]) | Q(pk__in=[pk for pk in ids.values() if pk])
    people = list(User.objects.reachable().filter(wanted))
    by_key, by_id = {person.username_key: person for person in people}, {person.pk: person for person in people}
    found = []
    for text in named:
        called, numbered = by_key.get(keys[text]), by_id.get(ids[text])
        if called and numbered and called != numbered:  # a name of digits must not catch what is for another person
            raise Invalid(
                fields={
                    "people": _("Two people could be meant by %(name)s. Write @ before a username.") % {"name": text}
                }
            )
        person = called or numbered
        if person is None:
            raise NotFound(_("There is nobody called %(name)s here.") % {"name": text})
        found.append(person)
    return found


def _key(text: str) -> str:
    with suppress(Invalid):
        return name_key(clean_username(text.removeprefix("@")))
    return ""


def _id(text: str) -> int:
    with suppress(NotFound):
        return parse_id(text)
    return 0


def _nicknames(people: Iterable[User], seats: Iterable[Member]) -> list[str]:
    """What they are called elsewhere, with a number for who would look like somebody else."""
    held = {key for seat in seats for key in (seat.nickname_key, seat.nickname_skeleton)}
    names = []
    for person in people:
        name = next(name for name in _candidates(person) if not {name_key(name), name_skeleton(name)} & held)
        held |= {name_key(name), name_skeleton(name)}
        names.append(name)
    return names


def _candidates(person: User) -> Iterable[str]:
    plain = person.public_name
    if len(plain) < 2:  # a display name may be of one letter
        plain = person.username
    for number in range(1, 1000):
        end = f" {number}" if number > 1 else ""
        with suppress(Invalid):  # what is no name, cut as it is
            yield clean_name(
                plain[: LONGEST_NICKNAME - len(end)] + end, field="name", minimum=2, maximum=LONGEST_NICKNAME
            )
    yield secrets.token_hex(8)
