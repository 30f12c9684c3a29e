"""The pages of the staff: people and what is theirs, mails, the audit log."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts import actions
from accounts.models import Address, AuditEntry, DataExport, SignIn, User
from core.models import Mail
from core.network import client_ip
from core.staff_pages import Act, DaysFilter, StaffPage, StaffTable


def staff_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - nobody else gets to these pages
    return request.user


def _on_person(action: Any) -> Any:
    return lambda user, request: action(user=user, by=staff_of(request), address=client_ip(request))


class StateFilter(admin.SimpleListFilter):
    """By a state that is no column of its own: `states` has for each its name in the address, its words, its rows."""

    states: tuple[tuple[str, Any, Q], ...]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, words) for name, words, _rows in self.states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(*(rows for name, _words, rows in self.states if name == self.value()))


class StandingFilter(StateFilter):
    title = _("standing")
    parameter_name = "standing"
    states = (
        ("active", _("active"), Q(is_active=True)),
        ("deactivated", _("deactivated"), Q(is_active=False, erased_at=None)),
        ("unconfirmed", _("e-mail not confirmed"), Q(email="")),
        ("deletion", _("deletion asked for"), Q(erase_at__isnull=False, erased_at=None)),
        ("deleted", _("deleted"), Q(erased_at__isnull=False)),
    )


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


class MailStateFilter(StateFilter):
    title = _("state")
    parameter_name = "state"
    states = (
        ("waiting", _("waiting"), Q(due_at__isnull=False)),
        ("sent", _("sent"), Q(sent_at__isnull=False)),
        ("failed", _("failed"), Q(due_at=None, sent_at=None)),
    )


class MailPage(StaffPage):
    """What is in a mail may be a secret (a link to a new password): it is shown in demo mode only."""

    list_display = ("to", "name", "standing", "attempts", "last_error", "created_at", "sent_at")
    list_filter = (MailStateFilter, ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("to", "name", "subject")
    search_help_text = _("Address, subject, or which mail")
    ordering = ("-pk",)
    acts = (
        Act(
            name="send_again",
            fits=lambda mail: mail.due_at is None and mail.sent_at is None,
            label=_("Send again"),
            done=_("On its way: %(names)s"),
            run=lambda mail, request: actions.send_mail_again(
                mail=mail, by=staff_of(request), address=client_ip(request)
            ),
            icon="forward_to_inbox",
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        told = ("to", "name", "subject", "stands", "attempts", "last_error", "created_at", "due_at", "sent_at")
        return (*told, "text") if settings.DEMO else told

    get_readonly_fields = get_fields

    @display(description=_("state"), label={"sent": "success", "waiting": "info", "failed": "danger"})
    def standing(self, mail: Mail) -> tuple[str, Any]:
        if mail.sent_at:
            return "sent", _("sent")
        return ("waiting", _("waiting")) if mail.due_at else ("failed", _("failed"))


class AuditPage(StaffPage):
    list_display = ("at", "actor_name", "action", "target_name", "address", "changes")
    list_filter = ("action", ("at", DaysFilter))
    list_filter_submit = True
    search_fields = ("actor_name", "target_name", "action", "address")
    search_help_text = _("Who, to whom, what, or from where")
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("at", "actor_name", "action", "target_type", "target_name", "changes", "address", "user_agent"),
    )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """What a row's own history link asks for."""
        return lookup in ("target_type", "target_id") or super().lookup_allowed(lookup, value, request)

    @display(description=_("changed"))
    def changes(self, entry: AuditEntry) -> SafeString | None:
        names = sorted({*entry.before, *entry.after})
        rows = [(name, _shown(entry.before, name), _shown(entry.after, name)) for name in names]
        if not rows:
            return None
        lines = format_html_join("", '<li><b>{}</b> <del dir="auto">{}</del> <ins dir="auto">{}</ins></li>', rows)
        return format_html('<ul class="plaza-diff">{}</ul>', lines)


def _shown(values: dict[str, Any], name: str) -> Any:
    return values.get(name, "") if values.get(name) is not None else ""


admin.site.register(User, PersonPage)
admin.site.register(Address, AddressPage)
admin.site.register(SignIn, SignInPage)
admin.site.register(DataExport, ExportPage)
admin.site.register(Mail, MailPage)
admin.site.register(AuditEntry, AuditPage)
