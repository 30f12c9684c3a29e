"""The pages of the staff about what happened: mails, and the audit log. Registered by accounts/admin.py."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts import actions
from accounts.admin_people import staff_of
from accounts.models import AuditEntry
from core.models import Mail
from core.network import client_ip
from core.staff_pages import Act, DaysFilter, StaffPage


class MailStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"
    _rows = {
        "waiting": Q(due_at__isnull=False),
        "sent": Q(sent_at__isnull=False),
        "failed": Q(due_at=None, sent_at=None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting")), ("sent", _("sent")), ("failed", _("failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        rows = self._rows.get(self.value() or "")
        return queryset if rows is None else queryset.filter(rows)


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
