"""What the pages of the staff under `/admin/` have in common: they show, and what changes something is an action."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display
from unfold.utils import parse_date_str

from core.errors import DomainError, Invalid


@dataclass(frozen=True)
class Act:
    """Something that staff may do to rows of a list; each is done or refused by itself, in its own transaction.

    run       one call into an action, given the row and the request; raises DomainError
    done      a sentence with `%(names)s`
    question  asked first, with the rows by name, for what hurts
    fits      whether a row's own page offers it; the action itself is what refuses
    """

    name: str
    label: str | Promise
    done: str | Promise
    run: Callable[[Any, HttpRequest], object]
    question: str | Promise = ""
    fits: Callable[[Any], bool] = lambda _row: True
    icon: str = "play_arrow"

    def as_django_action(self) -> Callable[..., HttpResponse | None]:
        def action(page: "StaffPage", request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponse | None:
            return page.do(self, request, rows)

        action.__name__ = self.name
        action.short_description = self.label  # type: ignore[attr-defined]  # how Django reads an action's words
        action.allowed_permissions = ("act",)  # type: ignore[attr-defined]  # the same
        return action


class DaysFilter(RangeDateFilter):  # type: ignore[misc]  # unfold publishes no types
    """From one day to another, both with all their hours: unfold's own would end at the midnight before the last."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        for end, lookup in (("from", "gte"), ("to", "lte")):
            day = parse_date_str(str(self.used_parameters.get(f"{self.parameter_name}_{end}", "")))
            if day is not None:
                queryset = queryset.filter(**{f"{self.field_path}__date__{lookup}": day})
        return queryset


class StaffPage(ModelAdmin):  # type: ignore[misc]  # the same
    """A list and a page for each row, read-only. `acts` is all that can be done."""

    acts: tuple[Act, ...] = ()
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    list_filter_sheet = False
    change_form_outer_before_template = "admin/_acts.html"  # outside of the form: it is one itself

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}"))

    def has_act_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        if not self.has_act_permission(request):
            return {}
        return {act.name: (act.as_django_action(), act.name, act.label) for act in self.acts}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Raises Invalid for a NUL, which PostgreSQL refuses with an error instead of finding nothing."""
        if any("\0" in value for _name, values in request.GET.lists() for value in values):
            raise Invalid
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if self.has_act_permission(request) else None
        offered = [act for act in self.acts if row is not None and act.fits(row)]
        shown = {"acts": offered, "show_save": False, "acts_on": object_id, **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, shown)
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own history knows nothing of our actions; the audit log does."""
        query = f"target_type={self.opts.label_lower}&target_id={object_id}"
        return HttpResponseRedirect(f"{reverse('admin:accounts_auditentry_changelist')}?{query}")

    @display(description=_("standing"))  # type: ignore[untyped-decorator]  # unfold publishes no types
    def stands(self, row: Any) -> Any:
        """The words of the coloured label that lists have, which a row's own page cannot draw."""
        return self.standing(row)[1]

    def do(self, act: Act, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponse | None:
        found = list(rows)
        if act.question and "sure" not in request.POST:
            return self._ask(act, request, found)
        done, refused = self._run(act, request, found)
        if done:
            messages.success(request, act.done % {"names": ", ".join(map(str, done))})
        for row, refusal in refused:
            messages.error(request, f"{row}: {refusal.detail}")
        return self._back(request, found)

    def _run(
        self, act: Act, request: HttpRequest, rows: Iterable[Model]
    ) -> tuple[list[Model], list[tuple[Model, DomainError]]]:
        done, refused = [], []
        for row in rows:
            try:
                act.run(row, request)
            except DomainError as refusal:
                refused.append((row, refusal))
            else:
                done.append(row)
        return done, refused

    def _ask(self, act: Act, request: HttpRequest, rows: list[Model]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(str(act.label)),
            "opts": self.opts,
            "act": act,
            "rows": rows,
            "checkbox": ACTION_CHECKBOX_NAME,
            "one": request.POST.get("one", ""),
        }
        return TemplateResponse(request, "admin/act_confirm.html", context)

    def _back(self, request: HttpRequest, rows: list[Model]) -> HttpResponse | None:
        """To the page of the row that it was asked on; None: to the list as it was."""
        if request.POST.get("one") and rows:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", rows[0].pk)
        return None


class StaffTable(TabularInline):  # type: ignore[misc]  # the same
    """Rows that belong to the one shown, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
