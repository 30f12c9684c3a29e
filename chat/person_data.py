"""What the chat keeps about a person: what they wrote, how far they have read, and what they took along of it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import Mention, Message, ReadState, TranscriptFile
from core import made_files
from core.person_data import PersonData, in_chunks, register
from core.times import iso
from rooms.actions import lock_places_of


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


def _mentions(user: User) -> Iterator[dict[str, Any]]:
    """Where, not what: it was somebody else who wrote."""
    rows = Mention.objects.filter(member__user=user).select_related("message", "channel__space")
    for row in in_chunks(rows):
        yield {
            "room": row.channel.space.name,
            "address": row.channel.space.slug,
            "number": row.seq,
            "written_at": iso(row.message.created_at),
        }


def _transcripts(user: User) -> Iterator[dict[str, Any]]:
    """That they asked; what was said in it is not theirs alone."""
    for row in in_chunks(TranscriptFile.objects.filter(user=user).select_related("channel__space")):
        yield {
            "room": row.channel.space.name,
            "address": row.channel.space.slug,
            "asked_at": iso(row.created_at),
            "finished_at": iso(row.finished_at),
            "state": row.state,
        }


def _erase_transcripts(user: User) -> None:
    made_files.throw_away(TranscriptFile.objects.filter(user=user))


def _erase(user: User) -> None:
    """What was said stays: it is by a member, who loses the name."""
    lock_places_of(user=user)
    ReadState.objects.filter(member__user=user).delete()


def _erase_mentions(user: User) -> None:
    lock_places_of(user=user)
    Mention.objects.filter(member__user=user).delete()


def register_all() -> None:
    about = _("The long transcripts that you asked for as PDF lately")
    register(PersonData(name="transcripts", about=about, export=_transcripts, erase=_erase_transcripts))
    about = _("All that you wrote, also what was edited; a deleted message has no text any more")
    register(PersonData(name="messages", about=about, export=_messages, erase=_erase))
    about = _("The messages in which somebody named you with an @")
    register(PersonData(name="mentions", about=about, export=_mentions, erase=_erase_mentions))
