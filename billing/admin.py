"""The pages of the staff about plans, and about who was given one."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin import staff_of
from billing import (
    actions,
    admin_payments,  # noqa: F401 - importing it registers its pages
    clock,
)
from billing.models import Feature, Grant, Plan
from billing.staff_forms import ChangePlanForm
from core.network import client_ip
from core.staff_pages import Act, StaffPage


def _change(plan: Plan, request: HttpRequest, form: ChangePlanForm) -> None:
    actions.change_plan(plan=plan, limits=form.limits(), by=staff_of(request), address=client_ip(request))


def _take_back(grant: Grant, request: HttpRequest) -> None:
    actions.take_back(grant=grant, by=staff_of(request), address=client_ip(request))


def _limit(name: str, title: Any) -> Any:
    @display(description=title)  # type: ignore[untyped-decorator]  # unfold publishes no types
    def shown(plan: Plan) -> Any:
        number = getattr(plan, name)
        return _("unlimited") if number is None else number

    return shown


_LIMITS = (
    _limit("rooms_per_12h", _("rooms in 12 hours")),
    _limit("characters_per_month", _("characters in a month")),
    _limit("ai_messages_per_month", _("AI messages in a month")),
)


@admin.register(Plan)
class PlanPage(StaffPage):
    """What each plan allows. Changing it is an act, and its permission is not everybody's of the staff."""

    list_display = ("name", *_LIMITS, "file_size", "what_else")
    ordering = ("rank",)
    fields = readonly_fields = ("name", "code", *_LIMITS, "file_size", "what_else")
    acts = (
        Act(
            name="change",
            label=_("Change what it allows"),
            done=_("Changed: %(names)s"),
            run=_change,
            form=ChangePlanForm,
            one_only=True,
            icon="tune",
        ),
    )

    @display(description=_("file size"))  # type: ignore[untyped-decorator]  # the same
    def file_size(self, plan: Plan) -> str:
        return filesizeformat(plan.file_bytes)

    @display(description=_("features"))  # type: ignore[untyped-decorator]  # the same
    def what_else(self, plan: Plan) -> str:
        return ", ".join(str(Feature(name).label) for name in plan.features if name in Feature.values)


class LivingFilter(admin.SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("living", _("in force")), ("ended", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> QuerySet[Grant]:
        ended = Q(ends_at__lte=clock.now_in_query())
        rows = {"living": ~ended, "ended": ended}.get(self.value() or "")
        return queryset if rows is None else queryset.filter(rows)


@admin.register(Grant)
class GrantPage(StaffPage):
    list_display = ("user", "plan", "standing", "source", "starts_at", "ends_at", "given_by")
    list_select_related = ("user", "plan", "given_by")
    list_filter = (LivingFilter, "source", "plan")
    search_fields = ("user__username", "user__email")
    search_help_text = _("Name or e-mail address of the person")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("user", "plan", "stands", "source", "payment", "subscription", "starts_at", "ends_at", "given_by", "reason"),
    )
    acts = (
        Act(
            name="take_back",
            fits=lambda grant: grant.source == Grant.Source.STAFF and grant.is_living(grant.now),
            label=_("Take it back"),
            done=_("Taken back: %(names)s"),
            run=_take_back,
            question=_("The plan ends now. What was made with it stays."),
            icon="undo",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """With the time that counts, so that not every row asks for it."""
        rows: QuerySet[Grant] = super().get_queryset(request)
        return rows.annotate(now=clock.now_in_query())

    @display(description=_("standing"), label={"living": "success", "ended": "danger"})  # type: ignore[untyped-decorator]  # the same
    def standing(self, grant: Any) -> tuple[str, Any]:
        return ("living", _("in force")) if grant.is_living(grant.now) else ("ended", _("ended"))
