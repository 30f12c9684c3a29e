from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Unavailable


class AlreadySubscribed(DomainError):
    code = "already_subscribed"
    status = 409
    detail = _("You have a subscription already. Change it on your membership page.")


class AlreadyForGood(DomainError):
    code = "already_for_good"
    status = 409
    detail = _("You have this for good already. There is nothing to pay.")


class NoSubscription(DomainError):
    code = "no_subscription"
    status = 409
    detail = _("There is no subscription that this could be done to.")


class CannotChange(DomainError):
    code = "cannot_change"
    status = 409
    detail = _("Your subscription cannot be changed to that.")


class IdempotencyConflict(DomainError):
    code = "idempotency_conflict"
    status = 409
    detail = _("Something else was asked for under this key before.")


class ProviderAway(Unavailable):
    """The provider does not answer. What was asked for can be asked again without being paid twice."""

    code = "provider_unavailable"
    detail = _("The payment service does not answer right now. Nothing was paid; please try again in a moment.")


class ProviderRefuses(DomainError):
    code = "provider_refused"
    status = 409
    detail = _("The payment service has refused this. Nothing was paid.")


class NotPaid(DomainError):
    code = "not_paid"
    status = 409
    detail = _("Nothing was paid here that could be given back.")


class RefundTooLarge(DomainError):
    code = "refund_too_large"
    status = 409
    detail = _("That is more than is left of what was paid.")


class PaidFor(DomainError):
    code = "paid_for"
    status = 409
    detail = _("This was paid for. Refund the payment instead.")


class BadWebhook(DomainError):
    code = "bad_signature"
    detail = _("This is not signed by the provider, or was signed too long ago.")
