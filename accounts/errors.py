from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Forbidden, NotAuthenticated


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


class CookieTokensNotSupported(DomainError):
    code = "not_supported"
    status = 400
    detail = _("Tokens in cookies are not offered. Please leave out `cookie`.")
