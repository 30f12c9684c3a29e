"""What rooms refuse, one class each."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.times import in_words


class RoomNameTaken(DomainError):
    code = "room_name_taken"
    status = 409
    detail = _("A living room has this name, or one that looks the same. Please choose another.")

    def __init__(self, suggestion: str = "") -> None:
        said = gettext("A living room has this name, or one that looks the same. “%(name)s” is free.")
        super().__init__(said % {"name": suggestion} if suggestion else None, suggestion=suggestion)


class NicknameTaken(DomainError):
    code = "nickname_taken"
    status = 409
    detail = _("Somebody here has this nickname, or one that looks the same. Please choose another.")

    def __init__(self, suggestion: str = "") -> None:
        said = gettext("Somebody here has this nickname, or one that looks the same. “%(name)s” is free.")
        super().__init__(said % {"name": suggestion} if suggestion else None, suggestion=suggestion)


class RoomCooldown(DomainError):
    """`at` is when the next room may be opened. Because of others at the same address, or of their own rooms."""

    code = "room_cooldown"
    status = 429

    def __init__(self, *, at: datetime, by_address: bool) -> None:
        self.at = at
        if by_address:
            said = gettext("Free members at your address have opened as many rooms as they may for now.")
        else:
            said = gettext("You have opened as many rooms as your plan allows for now.")
        first = at + timedelta(seconds=59)  # in words there are minutes only, and none must be too early
        then = gettext("You can open your next room at %(time)s.") % {"time": in_words(first)}
        wait = (at - timezone.now()).total_seconds()
        super().__init__(f"{said} {then}", retry_after=max(wait, 0))


class WrongPassword(DomainError):
    code = "wrong_password"
    status = 403
    detail = _("That is not this room's password.")


class Banned(DomainError):
    code = "banned"
    status = 403
    detail = _("You were banned from this room.")


class Blocked(DomainError):
    code = "blocked"
    status = 403
    detail = _("The room's admin has blocked you: you can read, but not write.")


class RoomGone(DomainError):
    code = "room_gone"
    status = 410
    detail = _("This room has ended. Fly-away rooms and all that was said in them are deleted.")


class NotReachable(DomainError):
    """Does not say who of the two blocked whom."""

    code = "not_reachable"
    status = 403
    detail = _("You and this person cannot write to each other.")

    def __init__(self, name: str = "") -> None:
        said = gettext("You and %(name)s cannot write to each other.")
        super().__init__(said % {"name": name} if name else None)


class NotAGroup(DomainError):
    code = "not_a_group"
    status = 409
    detail = _("This conversation is of two. To talk with more people, start a new one with all of them.")


class NotOnOwner(DomainError):
    code = "not_on_owner"
    status = 409
    detail = _("That cannot be done to the room's owner.")


class NotOnOneself(DomainError):
    code = "not_on_oneself"
    status = 409
    detail = _("You cannot do that to yourself.")


class CannotOwn(DomainError):
    code = "cannot_own"
    status = 409
    detail = _("Only somebody with an account who is in the room, and not blocked, can look after it.")
