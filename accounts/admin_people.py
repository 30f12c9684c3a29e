"""The pages of the staff about people and what is theirs. Registered by accounts/admin.py."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts import actions
from accounts.models import Address, DataExport, SignIn, User
from core.network import client_ip
from core.staff_pages import Act, StaffPage, StaffTable

Lookups = list[tuple[str, Any]]


def staff_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - nobody else gets to these pages
    return request.user


def _on_person(action: Any) -> Any:
    return lambda user, request: action(user=user, by=staff_of(request), address=client_ip(request))


class StandingFilter(admin.SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"
    _rows = {
        "active": Q(is_active=True),
        "deactivated": Q(is_active=False, erased_at=None),
        "unconfirmed": Q(email=""),
        "deletion": Q(erase_at__isnull=False, erased_at=None),
        "deleted": Q(erased_at__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("active", _("active")),
            ("deactivated", _("deactivated")),
            ("unconfirmed", _("e-mail not confirmed")),
            ("deletion", _("deletion asked for")),
            ("deleted", _("deleted")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        rows = self._rows.get(self.value() or "")
        return queryset if rows is None else queryset.filter(rows)


class EmailTable(StaffTable):
    model = EmailAddress
    fields = readonly_fields = ("email", "verified", "primary")
    verbose_name_plural = _("e-mail addresses")


class AddressTable(StaffTable):
    model = Address
    fields = readonly_fields = ("type", "name", "lines", "city", "postal_code", "country", "is_default")


_LOOKS = {
    "active": "success",
    "deactivated": "danger",
    "unconfirmed": "warning",
    "deletion": "warning",
    "deleted": "danger",
}


class PersonPage(StaffPage):
    list_display = ("username", "email", "display_name", "standing", "role", "date_joined", "last_login")
    list_filter = (StandingFilter, "is_staff")
    search_fields = ("username", "email", "display_name", "emailaddress__email")
    search_help_text = _("Name or e-mail address")
    ordering = ("-pk",)
    inlines = (EmailTable, AddressTable)
    fieldsets = (
        (None, {"fields": ("username", "email", "stands", "role", "date_joined", "last_login")}),
        (_("Profile"), {"fields": ("display_name", "about", "phone", "language", "time_zone")}),
        (_("Deletion"), {"fields": ("erase_at", "erased_at")}),
    )
    acts = (
        Act(
            name="deactivate",
            fits=lambda user: user.is_active,
            label=_("Deactivate"),
            done=_("Deactivated: %(names)s"),
            run=_on_person(actions.deactivate_person),
            question=_("They are signed out everywhere at once, and cannot sign in until somebody reactivates them."),
            icon="block",
        ),
        Act(
            name="reactivate",
            fits=lambda user: not user.is_active and user.erased_at is None,
            label=_("Reactivate"),
            done=_("Reactivated: %(names)s"),
            run=_on_person(actions.reactivate_person),
            icon="check_circle",
        ),
        Act(
            name="sign_out",
            fits=lambda user: user.is_active,
            label=_("Sign out everywhere"),
            done=_("Signed out everywhere: %(names)s"),
            run=_on_person(actions.sign_person_out),
            question=_("Every browser and every app of theirs is signed out. They can sign in again."),
            icon="logout",
        ),
        Act(
            name="resend_activation",
            fits=lambda user: not user.email,
            label=_("Send the activation mail again"),
            done=_("The activation mail is on its way to: %(names)s"),
            run=_on_person(actions.resend_activation),
            icon="forward_to_inbox",
        ),
        Act(
            name="keep_account",
            fits=lambda user: user.erase_at is not None and user.erased_at is None,
            label=_("Cancel the deletion"),
            done=_("The account stays: %(names)s"),
            run=_on_person(actions.keep_persons_account),
            icon="undo",
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(name for _title, options in self.fieldsets for name in options["fields"])

    @display(
        description=_("standing"),
        label=_LOOKS,
    )
    def standing(self, person: User) -> tuple[str, Any]:
        if person.erased_at:
            return "deleted", _("deleted")
        if not person.is_active:
            return "deactivated", _("deactivated")
        if person.erase_at:
            return "deletion", _("deletion asked for")
        if not person.email:
            return "unconfirmed", _("e-mail not confirmed")
        return "active", _("active")

    @display(description=_("role"))
    def role(self, person: User) -> Any:
        if person.is_superuser:
            return _("superuser")
        return _("staff") if person.is_staff else None


class AddressPage(StaffPage):
    list_display = ("user", "type", "name", "city", "country", "is_default")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__username", "name", "city", "postal_code")
    ordering = ("-pk",)
    fields = (
        *("user", "type", "name", "company", "lines", "district", "city", "region", "postal_code", "country"),
        *("phone", "is_default", "created_at"),
    )


class SignInPage(StaffPage):
    list_display = ("user", "standing", "created_at", "used_at", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__username", "user_agent")
    ordering = ("-created_at",)
    fields = readonly_fields = ("user", "stands", "created_at", "used_at", "revoked_at", "user_agent")
    acts = (
        Act(
            name="revoke",
            fits=lambda sign_in: sign_in.revoked_at is None,
            label=_("Revoke"),
            done=_("Revoked: %(names)s"),
            run=lambda sign_in, request: actions.end_sign_in(
                sign_in=sign_in, by=staff_of(request), address=client_ip(request)
            ),
            question=_("The app is signed out at once, and its tokens are good for nothing any more."),
            icon="block",
        ),
    )

    @display(description=_("standing"), label={"revoked": "danger", "living": "success"})
    def standing(self, sign_in: SignIn) -> tuple[str, Any]:
        return ("revoked", _("revoked")) if sign_in.revoked_at else ("living", _("in use"))


class ExportPage(StaffPage):
    """That there are exports, and how far they are. Nobody but their owner may open one."""

    list_display = ("user", "standing", "progress", "size", "created_at", "expires_at")
    list_select_related = ("user",)
    list_filter = ("state",)
    search_fields = ("user__username",)
    ordering = ("-pk",)
    fields = (*("user", "state", "progress", "size", "attempts", "error", "created_at", "finished_at", "expires_at"),)

    @display(
        description=_("state"), ordering="state",
        label={"waiting": "info", "running": "info", "done": "success", "failed": "danger"},
    )  # fmt: skip
    def standing(self, export: DataExport) -> tuple[str, str]:
        return export.state, export.get_state_display()
