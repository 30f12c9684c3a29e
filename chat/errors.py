"""What messages refuse, one class each."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class NonceConflict(DomainError):
    code = "nonce_conflict"
    status = 409
    detail = _("This nonce was used for another message.")


class MessageDeleted(DomainError):
    code = "message_deleted"
    status = 409
    detail = _("This message was deleted.")


class TranscriptTooLong(DomainError):
    code = "transcript_too_long"
    status = 409
    detail = _("This is too much for one PDF. Please take it along as plain text.")


class NotYet(DomainError):
    code = "not_supported"
    status = 400
    detail = _("This is not built yet.")
