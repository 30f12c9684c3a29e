"""What chat does when something happens below."""

from typing import Any

from django.dispatch import receiver

from chat import actions
from rooms.models import Space
from rooms.signals import space_noticed, space_swept


@receiver(space_swept)
def delete_what_was_said(sender: type[Space], space: Space, **kwargs: Any) -> None:
    actions.throw_away_transcripts(space.pk)
    actions.delete_history(space.pk)


@receiver(space_noticed)
def say_what_happened(sender: type[Any], space: Space, code: str, names: list[str], **kwargs: Any) -> None:
    actions.post_notice(space=space, code=code, names=names)
