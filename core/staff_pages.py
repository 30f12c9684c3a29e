"""What the pages of the staff under `/admin/` have in common: they show, and what changes something is an action."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
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


class ActForm(forms.Form):
    """What an act asks for before it is done. `row` is what it is done to, if that is one row."""

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    @classmethod
    def filled_from(cls, _row: Any) -> dict[str, Any]:
        """What stands in it at first, for an act on one row."""
        return {}


@dataclass(frozen=True)
class Act:
    """Something that staff may do to rows of a list; each is done or refused by itself, in its own transaction.

    run       one call into an action, given the row, the request and the form if there is one; raises DomainError.
              A response that it returns (a file) is the answer, instead of `done`
    done      a sentence with `%(names)s`
    question  asked first, with the rows by name, for what hurts
    form      asked first, to be filled in
    one_only  not for several rows at a time
    fits      whether a row's own page offers it; the action itself is what refuses
    """

    name: str
    label: str | Promise
    done: str | Promise
    run: Callable[..., object]
    question: str | Promise = ""
    form: type[ActForm] | None = None
    one_only: bool = False
    fits: Callable[[Any], bool] = lambda _row: True
    icon: str = "play_arrow"

    def as_django_action(self) -> Callable[..., HttpResponseBase | None]:
        def action(page: "StaffPage", request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponseBase | None:
            return page.do(self, request, rows)

        action.__name__ = self.name
        action.short_description = self.label  # type: ignore[attr-defined]  # how Django reads an action's words
        action.allowed_permissions = ("act",)  # type: ignore[attr-defined]  # the same
        return action


_added: dict[str, list[Act]] = {}


def add_act(model: str, act: Act) -> None:
    """To the page of a model (`app.model`, in small letters) of an app below, in `AppConfig.ready()`."""
    _added.setdefault(model, []).append(act)


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

    def all_acts(self) -> list[Act]:
        """Its own, and what higher apps added."""
        return [*self.acts, *_added.get(self.opts.label_lower, ())]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        if not self.has_act_permission(request):
            return {}
        return {act.name: (act.as_django_action(), act.name, act.label) for act in self.all_acts()}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Raises Invalid for a NUL, which PostgreSQL refuses with an error instead of finding nothing, and for chosen
        rows whose keys are none, which Django would hand to the database."""
        if any("\0" in value for _name, values in request.GET.lists() for value in values):
            raise Invalid
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(chosen, None)
        except ValidationError:
            raise Invalid from None
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if self.has_act_permission(request) else None
        offered = [act for act in self.all_acts() if row is not None and act.fits(row)]
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

    def do(self, act: Act, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponseBase | None:
        found = list(rows)
        if act.one_only and len(found) != 1:
            messages.error(request, _("Please choose one."))
            return None
        form, sure = self._form(act, request, found), "sure" in request.POST
        if (form and sure and not form.is_valid()) or ((form or act.question) and not sure):
            return self._ask(act, request, found, form)
        done, refused = self._run(act, request, found, form)
        if form and not done and _put_on_form(form, refused):
            return self._ask(act, request, found, form)
        files = [answer for _row, answer in done if isinstance(answer, HttpResponseBase)]
        if files:
            return files[0]
        if done:
            messages.success(request, act.done % {"names": ", ".join(str(row) for row, _answer in done)})
        for row, refusal in refused:
            messages.error(request, f"{row}: {refusal.detail}")
        return self._back(request, found)

    def _run(
        self, act: Act, request: HttpRequest, rows: Iterable[Model], form: ActForm | None
    ) -> tuple[list[tuple[Model, object]], list[tuple[Model, DomainError]]]:
        done: list[tuple[Model, object]] = []
        refused: list[tuple[Model, DomainError]] = []
        given = (form,) if form else ()
        for row in rows:
            try:
                done.append((row, act.run(row, request, *given)))
            except DomainError as refusal:
                refused.append((row, refusal))
        return done, refused

    def _form(self, act: Act, request: HttpRequest, rows: list[Any]) -> ActForm | None:
        """As it was sent, or as it is shown first. Its names begin with `given-`, apart from those of the list."""
        if act.form is None:
            return None
        row = rows[0] if len(rows) == 1 else None
        if "sure" in request.POST:
            return act.form(request.POST, prefix="given", row=row)
        return act.form(initial=act.form.filled_from(row) if row is not None else {}, prefix="given", row=row)

    def _ask(self, act: Act, request: HttpRequest, rows: list[Model], form: ActForm | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(str(act.label)),
            "opts": self.opts,
            "act": act,
            "rows": rows,
            "form": form,
            "checkbox": ACTION_CHECKBOX_NAME,
            "one": request.POST.get("one", ""),
        }
        return TemplateResponse(request, "admin/act_confirm.html", context)

    def _back(self, request: HttpRequest, rows: list[Model]) -> HttpResponse | None:
        """To the page of the row that it was asked on; None: to the list as it was."""
        if request.POST.get("one") and rows:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", rows[0].pk)
        return None


def _put_on_form(form: ActForm, refused: list[tuple[Model, DomainError]]) -> bool:
    """What an action refused because of a field is said beside it. False if there is no such thing."""
    wrong = [refusal.fields for _row, refusal in refused if isinstance(refusal, Invalid) and refusal.fields]
    for fields in wrong:
        for name, said in fields.items():
            form.add_error(name if name in form.fields else None, said)
    return bool(wrong)


class StaffTable(TabularInline):  # type: ignore[misc]  # the same
    """Rows that belong to the one shown, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True  # its first column says the same

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
