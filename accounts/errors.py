import math

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import DomainError, Forbidden, NotAuthenticated, SlowDown


class InvalidCredentials(NotAuthenticated):
    """The same for an unknown name and a wrong password."""

    code = "invalid_credentials"
    detail = _("This name and password do not belong together.")


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"
    detail = _("This token is not valid, or not valid any more. Please sign in again.")


class EmailUnverified(Forbidden):
    code = "email_unverified"
    detail = _("Please confirm your e-mail address first. We have sent you the link again.")


class AccountInactive(Forbidden):
    code = "account_inactive"
    detail = _("This account is closed.")


class BadKey(DomainError):
    code = "invalid_key"
    status = 400
    detail = _("This link or key is not valid, or was used already. Please ask for a new one.")


class NothingToConfirm(DomainError):
    code = "nothing_to_confirm"
    status = 404
    detail = _("No new address waits to be confirmed.")


class TooManyTries(SlowDown):
    """Of a password, or for a mail: says how long to wait."""

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(_try_again_in(math.ceil(retry_after)), retry_after=retry_after)


def _try_again_in(seconds: int) -> str:
    if seconds < 120:
        said = ngettext(
            "Too many tries. Try again in %(count)d second.", "Too many tries. Try again in %(count)d seconds.", seconds
        )
        return said % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    said = ngettext(
        "Too many tries. Try again in %(count)d minute.", "Too many tries. Try again in %(count)d minutes.", minutes
    )
    return said % {"count": minutes}


class LastSuperuser(DomainError):
    code = "last_superuser"
    status = 409
    detail = _("You are the last one who can look after this Plaza. Please make somebody else a superuser first.")


class TooManyAddresses(DomainError):
    code = "too_many_addresses"
    status = 409
    detail = _("You have as many addresses as there can be. Please delete one first.")


class OwnAccount(DomainError):
    code = "own_account"
    status = 409
    detail = _("That cannot be done to your own account.")


class StaffAccount(Forbidden):
    code = "staff_account"
    detail = _("Only a superuser may do that to an account of the staff.")


class NothingToDo(DomainError):
    code = "nothing_to_do"
    status = 409
    detail = _("There is nothing to do: it is so already.")


class AlreadyConfirmed(DomainError):
    code = "already_confirmed"
    status = 409
    detail = _("The e-mail address is confirmed already.")
