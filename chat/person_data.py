"""What the chat keeps about a person: what they wrote, and how far they have read."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Message, ReadState
from core.person_data import PersonData, in_chunks, register
from core.times import iso


def _messages(user: User) -> Iterator[dict[str, Any]]:
    for row in in_chunks(Message.objects.filter(author__user=user).select_related("channel__space", "author")):
        yield {
            "id": str(row.pk),
            "room": row.channel.space.name,
            "address": row.channel.space.slug,
            "number": row.seq,
            "as": row.author.nickname,
            "body": row.body,
            "written_at": iso(row.created_at),
            "edited_at": iso(row.edited_at),
            "deleted_at": iso(row.deleted_at),
        }


def _erase(user: User) -> None:
    """What was said stays: it is by a member, who loses the name."""
    ReadState.objects.filter(member__user=user).delete()


def register_all() -> None:
    about = _("All that you wrote, also what was edited; a deleted message has no text any more")
    register(PersonData(name="messages", about=about, export=_messages, erase=_erase))
