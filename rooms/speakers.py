"""Who speaks, for a whole batch of messages: seats with their spaces as plain rows.

A busy instance asks this for every message. Making model instances of the answer would cost more than the rest of
storing it, so this is one statement, and tuples with the names that the models have.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.pictures import avatar_path
from core.sql import AMONG, as_ids, rows_of, select
from rooms.models import PRESENT, Member


class SpokenIn(NamedTuple):
    """A space, as far as it matters to what is said in it."""

    pk: int
    kind: str
    pair: str | None
    slug: str
    name: str
    living: bool  # when it was asked for

    def is_living(self) -> bool:
        return self.living


class Speaker(NamedTuple):
    """A member, as far as it matters to what they say."""

    pk: int
    space_id: int
    user_id: int | None
    kind: str
    state: str
    nickname: str
    avatar_url: str | None
    space: SpokenIn

    @property
    def is_present(self) -> bool:
        return self.state in PRESENT and self.kind != Member.Kind.SYSTEM


def speakers(members: Collection[int], channels: Collection[int]) -> dict[tuple[int, int], Speaker]:
    """(channel, member) -> the member, for those of them that are in one space. One statement."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = rows_of(_STATEMENTS[connection.vendor], [now, as_ids(members), as_ids(channels)])
    spaces: dict[int, SpokenIn] = {}
    found = {}
    for channel, seat, space_id, user, kind, state, nickname, avatar, *of_space in rows:
        space = spaces.get(space_id)
        if space is None:
            space = spaces[space_id] = SpokenIn(space_id, *of_space)
        picture = avatar_path(avatar) if avatar else None
        found[channel, seat] = Speaker(seat, space_id, user, kind, state, nickname, picture, space)
    return found


_COLUMNS = """
    channel.id, seat.id, seat.space_id, seat.user_id, seat.kind, seat.state, seat.nickname, person.avatar,
    space.kind, space.pair, space.slug, space.name,
    space.swept_at IS NULL AND (space.expires_at IS NULL OR space.expires_at > %s)
"""
_FROM = """
FROM rooms_member AS seat
JOIN rooms_space AS space ON space.id = seat.space_id
JOIN rooms_channel AS channel ON channel.space_id = space.id
LEFT JOIN accounts_user AS person ON person.id = seat.user_id
WHERE seat.id {among} AND channel.id {among}
"""
_STATEMENTS = {
    vendor: statement.replace("{among}", AMONG[vendor]) for vendor, statement in select(_COLUMNS, _FROM).items()
}
