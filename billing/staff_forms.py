"""What the staff fill in for an act on plans, payments and offers."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import clock
from billing.models import Feature, Interval, Offer, Payment, Plan, Refund
from billing.plans import MB
from core.money import is_currency, minor_units, plain_amount
from core.staff_pages import ActForm

LAST_DAY = date(9000, 1, 1)  # near the end of the calendar a day in another time zone is none any more
LARGEST = 2**31 - 1  # that a limit's column holds


def _next_year() -> date:
    return timezone.localdate() + timedelta(days=365)


class GivePlanForm(ActForm):
    plan = forms.ModelChoiceField(
        label=_("Plan"), queryset=Plan.objects.filter(is_free=False).order_by("rank"), empty_label=None
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        initial=_next_year,
        help_text=_("Nothing means for good."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)

    def clean_until(self) -> datetime | None:
        """The instant at which that day is over, where whoever fills this in is."""
        day: date | None = self.cleaned_data["until"]
        if day is None:
            return None
        if day > LAST_DAY:
            raise forms.ValidationError(_("This day is too far away. Leave it empty for good."))
        until = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        if until <= clock.now():
            raise forms.ValidationError(_("This must be in the future."))
        return until


class ChangePlanForm(ActForm):
    rooms_per_12h = forms.IntegerField(
        label=_("Rooms in 12 hours"),
        required=False,
        min_value=1,
        max_value=LARGEST,
        help_text=_("Nothing means unlimited."),
    )
    characters_per_month = forms.IntegerField(
        label=_("Characters in a month"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        help_text=_("Nothing means unlimited."),
    )
    ai_messages_per_month = forms.IntegerField(
        label=_("AI messages in a month"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        help_text=_("Nothing means unlimited."),
    )
    file_megabytes = forms.IntegerField(label=_("Megabytes of a file"), min_value=1, max_value=1024 * 1024)
    features = forms.MultipleChoiceField(
        label=_("Features"), required=False, choices=Feature.choices, widget=forms.CheckboxSelectMultiple
    )

    @classmethod
    def filled_from(cls, row: Plan) -> dict[str, Any]:
        names = ("rooms_per_12h", "characters_per_month", "ai_messages_per_month", "features")
        return {**{name: getattr(row, name) for name in names}, "file_megabytes": row.file_bytes // MB}

    def limits(self) -> dict[str, Any]:
        """As `actions.change_plan` takes them."""
        given = dict(self.cleaned_data)
        return {"file_bytes": given.pop("file_megabytes") * MB, **given}


class RefundForm(ActForm):
    """Of one payment: `row`. The amount is in the major unit, as people write it, and never a float."""

    amount = forms.CharField(
        max_length=24,
        required=False,
        help_text=_("Nothing means all that is left."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    effect = forms.ChoiceField(
        label=_("What was paid for"),
        required=False,
        choices=[("", _("Ends with the whole; a part shortens what has a number of days")), *Refund.Effect.choices],
    )
    key = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput, initial=lambda: secrets.token_hex(16)
    )

    def __init__(self, *args: Any, row: Payment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        currency = row.currency if row else ""
        self.fields["amount"].label = gettext("Amount in %(currency)s") % {"currency": currency}

    @classmethod
    def filled_from(cls, row: Payment) -> dict[str, Any]:
        return {"amount": plain_amount(row.refundable, row.currency)}

    def clean_amount(self) -> int | None:
        """In the minor unit."""
        raw: str = self.cleaned_data["amount"]
        return _minor(raw, self.row.currency) if raw and self.row else None

    def asked(self) -> dict[str, Any]:
        """As `actions.ask_refund` takes them."""
        given = self.cleaned_data
        return {**given, "effect": given["effect"] or None}


class ChangeOfferForm(ActForm):
    """Of one offer: `row`. What it cannot have by its kind is not asked."""

    prices = forms.CharField(
        label=_("Prices"),
        max_length=2000,
        help_text=_("One on each line: the currency, then the amount. As EGP 150.00"),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "ltr"}),
    )
    days = forms.IntegerField(
        label=_("Lasts days"),
        required=False,
        min_value=1,
        max_value=36_500,
        help_text=_("Nothing means for good."),
    )
    trial_days = forms.IntegerField(label=_("Free days at first"), min_value=0, max_value=366)
    is_on_sale = forms.BooleanField(label=_("On sale"), required=False)

    def __init__(self, *args: Any, row: Offer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        if row is not None and row.interval != Interval.ONCE:
            del self.fields["days"]
        if row is not None and not row.renews:
            del self.fields["trial_days"]

    @classmethod
    def filled_from(cls, row: Offer) -> dict[str, Any]:
        prices = row.prices.order_by("currency")
        lines = (f"{price.currency} {plain_amount(price.amount, price.currency)}" for price in prices)
        return {
            **{name: getattr(row, name) for name in ("days", "trial_days", "is_on_sale")},
            "prices": "\n".join(lines),
        }

    def clean_prices(self) -> dict[str, int]:
        """{currency: amount in its minor unit}"""
        found: dict[str, int] = {}
        for line in self.cleaned_data["prices"].splitlines():
            currency, _space, amount = line.strip().partition(" ")
            if not currency:
                continue
            if not is_currency(currency) or currency in found:
                raise forms.ValidationError(_("Each line begins with another currency, as EGP."))
            found[currency] = _minor(amount, currency)
        if not found or 0 in found.values():
            raise forms.ValidationError(_("There has to be a price, of more than nothing."))
        return found


def _minor(raw: str, currency: str) -> int:
    try:
        return minor_units(raw, currency)
    except ValueError as wrong:
        example = plain_amount(1250, currency)
        raise forms.ValidationError(
            gettext("Please write the amount as %(example)s.") % {"example": example}
        ) from wrong
