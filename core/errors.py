"""Refusals. Every one is a `DomainError` with a code, a sentence for humans and an HTTP status.

The page, the API and the gateway show the same refusal: `{"code", "detail", "fields"?, "suggestion"?}`.
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    code: str = "refused"
    status: int = 400
    detail: str | Promise = _("That is not possible.")

    def __init__(
        self,
        detail: str | Promise | None = None,
        *,
        fields: dict[str, Any] | None = None,
        retry_after: float | None = None,
        suggestion: str = "",
    ) -> None:
        if detail is not None:
            self.detail = detail
        self.fields = fields
        self.retry_after = retry_after  # seconds
        self.suggestion = suggestion  # what would not be refused, in place of what was
        super().__init__(self.code)

    def as_dict(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"code": self.code, "detail": str(self.detail)}
        if self.fields:
            shown["fields"] = {name: _texts(said) for name, said in self.fields.items()}
        if self.suggestion:
            shown["suggestion"] = self.suggestion
        return shown


def _texts(said: Any) -> list[str]:
    return [str(one) for one in said] if isinstance(said, (list, tuple)) else [str(said)]


class Invalid(DomainError):
    """`fields` has exactly the names of the wrong fields."""

    code = "invalid"
    detail = _("Some of what was sent is not valid.")


class NotAuthenticated(DomainError):
    code = "not_authenticated"
    status = 401
    detail = _("Please sign in first.")


class Forbidden(DomainError):
    code = "forbidden"
    status = 403
    detail = _("You may not do that.")


class NotFound(DomainError):
    code = "not_found"
    status = 404
    detail = _("There is nothing here, or it is not yours to see.")


class TooLarge(DomainError):
    code = "too_large"
    status = 413
    detail = _("That is too large.")


class SlowDown(DomainError):
    code = "slow_down"
    status = 429
    detail = _("That was too fast. Please wait a moment.")


class Unavailable(DomainError):
    """Something of ours is down: safe to try again."""

    code = "unavailable"
    status = 503
    detail = _("Plaza cannot do this right now. Nothing was changed; please try again.")
