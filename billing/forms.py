"""What people fill in to have a plan, to change it and to end it."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import gateway
from billing.models import Offer, Price, Subscription
from billing.templatetags.membership import price_words


class CheckoutForm(forms.Form):
    """Sent by the page of plans. `key` is the page's own: what it sends twice is one payment."""

    offer = forms.SlugField(
        max_length=40, error_messages={"required": _("Please choose a plan."), "invalid": _("Please choose a plan.")}
    )
    currency = forms.CharField(max_length=3)
    provider = forms.CharField(max_length=12)
    key = forms.CharField(max_length=64, required=False, validators=[RegexValidator(r"^[0-9a-f]*$")])

    def clean_offer(self) -> Offer:
        offer = Offer.objects.on_sale().select_related("plan").filter(code=self.cleaned_data["offer"]).first()
        if offer is None:
            raise forms.ValidationError(_("This plan is not on sale any more. Please choose another."))
        return offer

    def clean_provider(self) -> str:
        code: str = self.cleaned_data["provider"]
        if code not in {module.CODE for module in gateway.all_there()}:
            raise forms.ValidationError(_("This way to pay is not there any more. Please choose another."))
        return code

    @property
    def asked(self) -> dict[str, Any]:
        """As `actions.open_checkout` takes it. Another choice on the same page is another payment."""
        given = dict(self.cleaned_data)
        if given["key"]:
            given["key"] = "-".join((given["key"], given["offer"].code, given["currency"], given["provider"]))
        return given


class CancelForm(forms.Form):
    """When. What was cancelled for the end of its period can still be ended now."""

    when = forms.ChoiceField(label=_("When does it end?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = date_format(localtime(subscription.period_end), "DATE_FORMAT")
        later = gettext("On %(date)s. Until then you keep what you have.") % {"date": day}
        now = gettext("Now. What is left of the time until %(date)s is not paid back by itself.") % {"date": day}
        choices = [("now", now)] if subscription.cancels else [("period_end", later), ("now", now)]
        field = self.fields["when"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices
        field.initial = choices[0][0]


class ChangeForm(forms.Form):
    """To what: other offers that renew, in the currency that is paid in."""

    offer = forms.ChoiceField(label=_("How would you like to go on?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Price.objects.filter(offer__in=Offer.objects.on_sale(), currency=subscription.currency)
        prices = found.exclude(offer=subscription.offer_id).select_related("offer__plan").order_by("offer__position")
        self.offers = {price.offer.code: price.offer for price in prices if price.offer.renews}
        field = self.fields["offer"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(price.offer.code, _labelled(price)) for price in prices if price.offer.renews]
        field.initial = next(iter(self.offers), None)

    def clean_offer(self) -> Offer:
        return self.offers[self.cleaned_data["offer"]]


def _labelled(price: Price) -> str:
    shown = price_words(price.amount, price.currency, price.offer.interval)
    return gettext("%(plan)s for %(price)s") % {"plan": price.offer.plan.name, "price": shown}
