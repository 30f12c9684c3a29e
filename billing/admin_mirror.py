"""The pages of the staff about what Stripe has told us: to look at, and nothing to be done. dj-stripe's own, which
write to Stripe past our actions, are not taken."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing.gateway import mirrored
from core.staff_pages import DaysFilter, StaffPage

LONGEST = 40_000  # characters of what Stripe told that are shown


def links_to(rows: Iterable[Any]) -> SafeString | None:
    """Each row of the mirror by Stripe's name for it, with what it is."""
    links = [
        (reverse(f"admin:djstripe_{row._meta.model_name}_change", args=[row.pk]), row.id, row._meta.verbose_name)
        for row in rows
    ]
    return format_html_join("", '<p class="plaza-link"><a href="{}">{}</a> {}</p>', links) if links else None


@dataclass(frozen=True)
class _ByItsId:
    """What a page is headed with. dj-stripe's own words for an invoice say a hundred times its amount."""

    pk: int
    id: str
    _meta: Any

    def __str__(self) -> str:
        return self.id


def _moment(at: datetime | None) -> str | None:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else None


class MirrorPage(StaffPage):
    """Who may see payments may see these."""

    list_display: tuple[str, ...] = ("id", "customer", "standing", "created", "as_of")
    list_filter: tuple[Any, ...] = (("created", DaysFilter),)
    list_filter_submit = True
    list_select_related: tuple[str, ...] = ("customer",)
    search_fields: tuple[str, ...] = ("id", "customer__id")
    search_help_text = _("Stripe's name for it, or for its customer")
    ordering = ("-created", "-pk")
    fields: tuple[str, ...] = ("id", "customer", "standing_now", "created", "as_of", "mode", "told")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("billing.view_payment"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        context |= {"original": _ByItsId(obj.pk, obj.id, obj._meta), "subtitle": obj.id}
        response: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return response

    @display(description=_("state"))
    def standing(self, row: Any) -> str:
        return str(row.stripe_data.get("status") or "")

    @display(description=_("state"))
    def standing_now(self, row: Any) -> str:
        return str(self.standing(row))

    @display(description=_("as of"), ordering="djstripe_updated")
    def as_of(self, row: Any) -> str | None:
        """None: only its name has been heard."""
        return _moment(row.djstripe_updated) if row.stripe_data else None

    @display(description=_("mode"))
    def mode(self, row: Any) -> Any:
        return {True: _("real money"), False: _("test")}.get(row.livemode)

    @display(description=_("what Stripe told"))
    def told(self, row: Any) -> SafeString:
        text = json.dumps(row.stripe_data, indent=2, ensure_ascii=False, sort_keys=True)[:LONGEST]
        return format_html('<pre class="plaza-raw" dir="ltr">{}</pre>', text)


class CustomerPage(MirrorPage):
    list_display = ("id", "created", "as_of")
    list_select_related = ()
    search_fields = ("id",)
    fields = ("id", "created", "as_of", "mode", "told")


class StripeSubscriptionPage(MirrorPage):
    list_display = ("id", "customer", "standing", "period_end", "created", "as_of")
    fields = ("id", "customer", "standing_now", "period_end", "created", "as_of", "mode", "told")

    @display(description=_("period ends"))
    def period_end(self, row: Any) -> str | None:
        """It stands with the items since 2025."""
        items = (row.stripe_data.get("items") or {}).get("data") or [{}]
        end = items[0].get("current_period_end") or row.stripe_data.get("current_period_end")
        return _moment(datetime.fromtimestamp(end, tz=UTC)) if isinstance(end, int) else None


class InvoicePage(MirrorPage):
    list_display = ("id", "number", "customer", "standing", "created", "as_of")
    fields = ("id", "number", "customer", "paid_for", "standing_now", "created", "as_of", "mode", "told")

    @display(description=_("subscription"))
    def paid_for(self, row: Any) -> SafeString | None:
        return links_to([row.subscription] if row.subscription else [])

    @display(description=_("number"))
    def number(self, row: Any) -> str:
        return str(row.stripe_data.get("number") or "")


class ChargePage(MirrorPage):
    fields = ("id", "customer", "intent", "standing_now", "created", "as_of", "mode", "told")

    @display(description=_("payment intent"))
    def intent(self, row: Any) -> str | None:
        return row.payment_intent_id or None

    @display(description=_("state"))
    def standing(self, row: Any) -> str:
        return str(row.status)


for kind, page in zip(mirrored.ROWS, (CustomerPage, StripeSubscriptionPage, InvoicePage, ChargePage), strict=True):
    admin.site.register(mirrored.model(kind), page)
