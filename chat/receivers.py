"""What chat does when something happens below."""

from typing import Any

from django.dispatch import receiver

from chat import actions
from rooms.models import Space
from rooms.signals import space_swept


@receiver(space_swept)
def delete_what_was_said(sender: type[Space], space: Space, **kwargs: Any) -> None:
    actions.delete_history(space.pk)
