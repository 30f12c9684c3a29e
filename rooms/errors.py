"""What rooms refuse, one class each."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class RoomNameTaken(DomainError):
    code = "room_name_taken"
    status = 409
    detail = _("A living room has this name, or one that looks the same. Please choose another.")


class NicknameTaken(DomainError):
    code = "nickname_taken"
    status = 409
    detail = _("Somebody here has this nickname, or one that looks the same. Please choose another.")


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


class NotOnOwner(DomainError):
    code = "not_on_owner"
    status = 409
    detail = _("That cannot be done to the room's owner.")


class NotOnOneself(DomainError):
    code = "not_on_oneself"
    status = 409
    detail = _("You cannot do that to yourself.")
