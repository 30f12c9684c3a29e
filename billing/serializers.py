"""Input of the API, and the shapes of what it answers."""

from typing import Any

from rest_framework import serializers

from core.api import InputSerializer


class MoneyShape(serializers.Serializer[Any]):
    amount = serializers.IntegerField(help_text="In the currency's minor unit.")
    currency = serializers.CharField(help_text="ISO 4217.")


class LimitsShape(serializers.Serializer[Any]):
    rooms_per_12h = serializers.IntegerField(allow_null=True, help_text="null is unlimited, as in all of them.")
    characters_per_month = serializers.IntegerField(allow_null=True)
    ai_messages_per_month = serializers.IntegerField(allow_null=True)
    file_bytes = serializers.IntegerField()


class OfferShape(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="What `POST payments` takes as `plan`.")
    name = serializers.CharField()
    plan = serializers.CharField(help_text="The plan that one has then; several can lead to the same.")
    prices = MoneyShape(many=True)
    interval = serializers.ChoiceField(choices=["once", "month", "year", "lifetime"])
    trial_days = serializers.IntegerField()
    limits = LimitsShape()
    features = serializers.ListField(child=serializers.CharField())
    providers = serializers.ListField(child=serializers.CharField())


class GrantShape(serializers.Serializer[Any]):
    plan = serializers.CharField()
    source = serializers.ChoiceField(choices=["staff", "payment", "subscription"])  # type: ignore[assignment]  # the name shadows DRF's own property
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class SubscriptionShape(serializers.Serializer[Any]):
    plan = serializers.CharField()
    amount = MoneyShape()
    card = serializers.CharField()


class MembershipShape(serializers.Serializer[Any]):
    plan = serializers.CharField()
    status = serializers.ChoiceField(choices=["free", "trialing", "active", "past_due", "cancelling", "ended"])
    ends_at = serializers.DateTimeField(allow_null=True)
    limits = LimitsShape()
    used = serializers.DictField(child=serializers.IntegerField())
    features = serializers.ListField(child=serializers.CharField())
    subscription = SubscriptionShape(allow_null=True)
    grants = GrantShape(many=True)


class PaymentShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(
        choices=["pending", "processing", "paid", "failed", "expired", "partially_refunded", "refunded"]
    )
    amount = MoneyShape()
    refunded = MoneyShape()
    provider = serializers.CharField()
    plan = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    checkout_url = serializers.CharField(required=False)
    failure = serializers.CharField(required=False)
    receipt_url = serializers.CharField(required=False, help_text="The provider's own invoice or receipt.")


class PaymentPage(serializers.Serializer[Any]):
    results = PaymentShape(many=True)
    next = serializers.CharField(allow_null=True)


class RefundShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    payment = serializers.CharField()
    status = serializers.ChoiceField(choices=["pending", "succeeded", "failed"])
    amount = MoneyShape()
    reason = serializers.CharField()
    effect = serializers.ChoiceField(choices=["end", "shorten", "keep"])


class OfferPage(serializers.Serializer[Any]):
    results = OfferShape(many=True)
    next = serializers.CharField(allow_null=True)


class PayInput(InputSerializer):
    plan = serializers.CharField(max_length=40, help_text="The `code` of an offer in `GET plans`.")
    provider = serializers.CharField(max_length=12)
    currency = serializers.CharField(max_length=3, required=False, help_text="Of its prices; else the usual one.")


class RefundInput(InputSerializer):
    amount = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**62, help_text="Without it all that is left."
    )
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")
    effect = serializers.ChoiceField(
        choices=["end", "shorten", "keep"],
        required=False,
        allow_null=True,
        help_text="What happens to what was paid for; without it the whole ends it and a part shortens it.",
    )


class CancelInput(InputSerializer):
    when = serializers.ChoiceField(choices=["now", "period_end"])
