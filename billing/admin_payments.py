"""The pages of the staff about money: payments, subscriptions, refunds, what providers told us, and what is on sale."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin import StateFilter, staff_of
from billing import actions, words
from billing.admin_mirror import links_to
from billing.gateway import mirrored
from billing.models import Fulfilment, InboundEvent, Offer, Payment, Refund, Subscription
from billing.staff_forms import ChangeOfferForm, RefundForm
from core.models import Work
from core.money import format_money
from core.network import client_ip
from core.staff_pages import Act, DaysFilter, StaffPage, StaffTable

LONGEST_BODY = 20_000  # characters of an event's body that are shown

_LOOKS = {
    **dict.fromkeys(("pending", "processing", "waiting", "running", "trialing"), "info"),
    **dict.fromkeys(("paid", "done", "active"), "success"),
    **dict.fromkeys(("failed", "past_due", "flagged"), "danger"),
    **dict.fromkeys(("partially_refunded", "refunded", "cancels"), "warning"),
}


def _shown_work(row: Work) -> tuple[str, Any]:
    return row.state, row.get_state_display()


def _refund(payment: Payment, request: HttpRequest, form: RefundForm) -> None:
    actions.ask_refund(payment=payment, by=staff_of(request), address=client_ip(request), **form.asked())


def _ask_again(row: Payment | Subscription, request: HttpRequest) -> None:
    actions.ask_again(row=row, by=staff_of(request), address=client_ip(request))


def _fulfil_again(payment: Payment, request: HttpRequest) -> None:
    actions.fulfil_again(payment=payment, by=staff_of(request), address=client_ip(request))


def _process_again(event: InboundEvent, request: HttpRequest) -> None:
    actions.process_again(event=event, by=staff_of(request), address=client_ip(request))


def _change_offer(offer: Offer, request: HttpRequest, form: ChangeOfferForm) -> None:
    actions.change_offer(offer=offer, changes=form.cleaned_data, by=staff_of(request), address=client_ip(request))


def _may_be_fulfilled(payment: Payment) -> bool:
    fulfilment: Fulfilment | None = getattr(payment, "fulfilment", None)
    is_done = fulfilment is not None and fulfilment.state == Work.State.DONE
    return payment.is_settled and payment.user_id is not None and (bool(payment.flag) or not is_done)


ASK_AGAIN = Act(
    name="ask_again",
    fits=lambda row: bool(row.provider_ref),
    label=_("Ask the provider again"),
    done=_("As the provider has it now: %(names)s"),
    run=_ask_again,
    one_only=True,
    icon="sync",
)


class ProviderFilter(admin.SimpleListFilter):
    """Those that there are rows of."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        codes = model_admin.model.objects.order_by("provider").values_list("provider", flat=True).distinct()
        return [(code, words.provider(code)) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provider=self.value()) if self.value() else queryset


class FlagFilter(StateFilter):
    title = _("to be looked at")
    parameter_name = "look"
    states = (
        ("flagged", _("flagged"), ~Q(flag="")),
        (
            "unfulfilled",
            _("paid, and not given yet"),
            Q(state__in=Payment.SETTLED) & (Q(fulfilment=None) | ~Q(fulfilment__state=Work.State.DONE)),
        ),
    )


class RefundTable(StaffTable):
    model = Refund
    verbose_name_plural = _("refunds")
    fields = readonly_fields = ("ref", "shown_amount", "state", "effect", "reason", "by", "created_at", "error")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        rows: QuerySet[Refund] = super().get_queryset(request)
        return rows.select_related("payment", "by").order_by("pk")

    @display(description=_("amount"))
    def shown_amount(self, refund: Refund) -> str:
        return format_money(refund.amount, refund.payment.currency)


class FulfilmentTable(StaffTable):
    model = Fulfilment
    verbose_name_plural = _("fulfilment")
    fields = readonly_fields = ("state", "attempts", "due_at", "finished_at", "error")


@admin.register(Payment)
class PaymentPage(StaffPage):
    list_display = ("ref", "user", "shown_amount", "standing", "what", "shown_provider", "flag", "created_at")
    list_select_related = ("user", "offer__plan", "fulfilment")
    list_filter = ("state", FlagFilter, ProviderFilter, "kind", ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("ref", "user__username", "user__email", "provider_ref", "charge_ref")
    search_help_text = _("Reference, the provider's own, or the person's name or e-mail address")
    ordering = ("-pk",)
    inlines = (RefundTable, FulfilmentTable)
    fieldsets = (
        (None, {"fields": ("ref", "user", "stands", "shown_amount", "shown_refunded", "what", "kind", "purpose")}),
        (_("To be looked at"), {"fields": ("flag", "arrived", "failure")}),
        (
            _("At the provider"),
            {"fields": ("shown_provider", "provider_ref", "charge_ref", "subscription", "mirrored", "told")},
        ),
        (_("When"), {"fields": ("created_at", "expires_at", "paid_at", "look_at", "looks")}),
    )
    acts = (
        Act(
            name="refund",
            fits=lambda payment: payment.refundable > 0,
            label=_("Refund"),
            done=_("The money is on its way back: %(names)s"),
            run=_refund,
            form=RefundForm,
            one_only=True,
            question=_("The provider is asked to pay it back. That cannot be undone."),
            icon="currency_exchange",
        ),
        Act(
            name="fulfil_again",
            fits=_may_be_fulfilled,
            label=_("Fulfil again"),
            done=_("Fulfilled: %(names)s"),
            run=_fulfil_again,
            question=_("What was paid for is given now, also where the payment was flagged."),
            icon="redo",
        ),
        ASK_AGAIN,
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(name for _title, options in self.fieldsets for name in options["fields"])

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, payment: Payment) -> str:
        return format_money(payment.amount, payment.currency)

    @display(description=_("refunded"))
    def shown_refunded(self, payment: Payment) -> str:
        refunded = format_money(payment.refunded, payment.currency)
        if not payment.refunding:
            return refunded
        return f"{refunded} + {format_money(payment.refunding, payment.currency)} ({Work.State.WAITING.label})"

    @display(description=_("state"), ordering="state", label=_LOOKS)
    def standing(self, payment: Payment) -> tuple[str, Any]:
        return ("flagged" if payment.flag else payment.state), payment.get_state_display()

    @display(description=_("for"))
    def what(self, payment: Payment) -> str | None:
        return payment.offer.plan.name if payment.offer else None

    @display(description=_("provider"), ordering="provider")
    def shown_provider(self, payment: Payment) -> str:
        return words.provider(payment.provider)

    @display(description=_("as Stripe has it"))
    def mirrored(self, payment: Payment) -> SafeString | None:
        return links_to(mirrored.of_payment(payment))

    @display(description=_("what the provider told"))
    def told(self, payment: Payment) -> SafeString | None:
        """Events about it, and about its subscription; the newest of them."""
        about = Q(subject="checkout", subject_ref=payment.provider_ref)
        if payment.subscription:
            about |= Q(subject="subscription", subject_ref=payment.subscription.provider_ref)
        about |= Q(subject="refund", subject_ref__in=payment.refunds.exclude(provider_ref="").values("provider_ref"))
        rows = InboundEvent.objects.filter(about, provider=payment.provider).order_by("-pk")[:20]
        links = [(reverse("admin:billing_inboundevent_change", args=[row.pk]), row.type, row.event_id) for row in rows]
        if not links or not payment.provider_ref:
            return None
        return format_html_join("", '<p class="plaza-link"><a href="{}">{}</a> <bdi>{}</bdi></p>', links)


@admin.register(Subscription)
class SubscriptionPage(StaffPage):
    list_display = ("provider_ref", "user", "plan", "standing", "shown_amount", "period_end", "cancels", "created_at")
    list_select_related = ("user", "offer__plan")
    list_filter = ("state", "cancels", ProviderFilter, ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("user__username", "user__email", "provider_ref")
    search_help_text = _("The provider's name for it, or the person's name or e-mail address")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("user", "plan", "offer", "stands", "shown_amount", "card", "provider", "provider_ref", "created_at"),
        *(
            "period_start",
            "period_end",
            "trial_ends_at",
            "cancels",
            "ended_at",
            "look_at",
            "payments_of_it",
            "mirrored",
        ),
    )
    acts = (ASK_AGAIN,)

    @display(description=_("state"), ordering="state", label=_LOOKS)
    def standing(self, subscription: Subscription) -> tuple[str, Any]:
        if subscription.cancels and subscription.is_living:
            return "cancels", _("ends with its period")
        return subscription.state, subscription.get_state_display()

    @display(description=_("plan"))
    def plan(self, subscription: Subscription) -> str:
        return subscription.offer.plan.name

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, subscription: Subscription) -> str:
        return format_money(subscription.amount, subscription.currency)

    @display(description=_("payments"))
    def payments_of_it(self, subscription: Subscription) -> SafeString | None:
        rows = subscription.payments.order_by("-pk")[:20]
        links = [
            (
                reverse("admin:billing_payment_change", args=[row.pk]),
                row.ref,
                format_money(row.amount, row.currency),
                row.get_state_display(),
            )
            for row in rows
        ]
        return format_html_join("", '<p class="plaza-link"><a href="{}">{}</a> {} {}</p>', links) if links else None

    @display(description=_("as Stripe has it"))
    def mirrored(self, subscription: Subscription) -> SafeString | None:
        return links_to(mirrored.of_subscription(subscription))


@admin.register(Refund)
class RefundPage(StaffPage):
    list_display = ("ref", "payment", "person", "shown_amount", "standing", "effect", "by", "created_at")
    list_select_related = ("payment__user", "by")
    list_filter = ("state", "effect", ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("ref", "payment__ref", "payment__user__username", "provider_ref")
    search_help_text = _("Reference, the payment's, the provider's, or the person's name")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("ref", "payment", "person", "shown_amount", "stands", "effect", "reason", "by", "provider_ref"),
        *("created_at", "attempts", "due_at", "finished_at", "error"),
    )

    @display(description=_("person"))
    def person(self, refund: Refund) -> Any:
        return refund.payment.user

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, refund: Refund) -> str:
        return format_money(refund.amount, refund.payment.currency)

    @display(description=_("state"), ordering="state", label=_LOOKS)
    def standing(self, refund: Refund) -> tuple[str, Any]:
        return _shown_work(refund)


@admin.register(InboundEvent)
class EventPage(StaffPage):
    """As it came: bytes are shown as text, and nothing in them is followed."""

    list_display = ("event_id", "provider", "type", "subject_ref", "standing", "copies", "attempts", "came")
    list_filter = ("state", ProviderFilter, ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("event_id", "type", "subject_ref")
    search_help_text = _("The provider's id of it, its type, or what it is about")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("event_id", "provider", "type", "subject", "subject_ref", "stands", "copies", "attempts", "error"),
        *("came", "due_at", "finished_at", "shown_headers", "shown_body"),
    )
    acts = (
        Act(
            name="process_again",
            fits=lambda event: event.due_at is None,
            label=_("Process again"),
            done=_("Looked into once more: %(names)s"),
            run=_process_again,
            icon="replay",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        """Without what only the page of one shows."""
        rows: QuerySet[InboundEvent] = super().get_queryset(request)
        return rows.defer("body", "headers")

    @display(description=_("state"), ordering="state", label=_LOOKS)
    def standing(self, event: InboundEvent) -> tuple[str, Any]:
        return _shown_work(event)

    @display(description=_("first came"), ordering="created_at")
    def came(self, event: InboundEvent) -> datetime:
        return event.created_at

    @display(description=_("headers"))
    def shown_headers(self, event: InboundEvent) -> SafeString:
        return format_html_join("", '<p dir="ltr"><b>{}</b> {}</p>', sorted(event.headers.items()))

    @display(description=_("body"))
    def shown_body(self, event: InboundEvent) -> SafeString:
        text = bytes(event.body).decode("utf-8", "backslashreplace")[:LONGEST_BODY]
        return format_html('<pre class="plaza-raw" dir="ltr">{}</pre>', text)


@admin.register(Offer)
class OfferPage(StaffPage):
    """What is on sale. Changing it is an act, and its permission is not everybody's of the staff."""

    list_display = ("code", "plan", "interval", "shown_prices", "days", "trial_days", "is_on_sale", "subscribers")
    list_select_related = ("plan",)
    list_filter = ("is_on_sale", "plan")
    ordering = ("position", "pk")
    fields = readonly_fields = (
        *("code", "plan", "interval", "shown_prices", "days", "trial_days", "is_on_sale", "subscribers"),
    )
    acts = (
        Act(
            name="change",
            label=_("Change"),
            done=_("Changed: %(names)s"),
            run=_change_offer,
            form=ChangeOfferForm,
            one_only=True,
            icon="tune",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        rows: QuerySet[Offer] = super().get_queryset(request)
        living = Subscription.objects.living().filter(offer=OuterRef("pk")).order_by().values("offer")
        count = Coalesce(Subquery(living.annotate(count=Count("pk")).values("count")), 0)
        return rows.prefetch_related("prices").annotate(living=count)

    @display(description=_("prices"))
    def shown_prices(self, offer: Offer) -> str:
        prices = sorted((price.currency, price.amount) for price in offer.prices.all())
        return " · ".join(format_money(amount, currency) for currency, amount in prices)

    @display(description=_("subscriptions"), ordering="living")
    def subscribers(self, offer: Any) -> int:
        return int(offer.living)
