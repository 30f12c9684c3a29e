"""What rooms do when something happens below."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import profile_changed
from rooms import events


@receiver(profile_changed)
def show_profile_in_rooms(sender: type[User], user: User, **kwargs: Any) -> None:
    events.person_changed(user)
