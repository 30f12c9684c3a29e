"""How `/admin/` looks and what its sidebar has: the setting UNFOLD. Read while settings are, so all of it is lazy."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

_static = lazy(static, str)


def _item(title: Any, icon: str, model: str, permission: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": lambda request: request.user.has_perm(permission),
    }


def settings(*, demo: bool) -> dict[str, Any]:
    return {
        "SITE_TITLE": "Plaza",
        "SITE_HEADER": "Plaza",
        "SITE_SUBHEADER": _("For the staff"),
        "SITE_URL": "/",
        "SITE_ICON": lambda _request: _static("img/mark.svg"),
        "SITE_FAVICONS": [
            {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: _static("img/mark.svg")},
        ],
        "STYLES": [lambda _request: _static("css/admin.css")],
        "ENVIRONMENT": "config.dashboard.environment",
        "DASHBOARD_CALLBACK": "config.dashboard.numbers",
        "SHOW_LANGUAGES": True,
        "LANGUAGES": {"action": reverse_lazy("set_language")},
        "SHOW_BACK_BUTTON": True,
        "BORDER_RADIUS": "10px",
        "COLORS": _COLOURS,
        "SIDEBAR": {"show_search": False, "navigation": _sidebar(demo)},
    }


def _sidebar(demo: bool) -> list[dict[str, Any]]:
    mailbox = {"title": _("Mail of this demo"), "icon": "drafts", "link": "/dev/mail/"}
    return [
        {"items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
        {
            "title": _("People"),
            "separator": True,
            "items": [
                _item(_("People"), "group", "accounts_user", "accounts.view_user"),
                _item(_("Addresses"), "home_pin", "accounts_address", "accounts.view_address"),
                _item(_("Sign-ins of apps"), "key", "accounts_signin", "accounts.view_signin"),
                _item(_("Exports"), "folder_zip", "accounts_dataexport", "accounts.view_dataexport"),
            ],
        },
        *_money(),
        {
            "title": _("Rooms"),
            "separator": True,
            "items": [
                _item(_("Rooms"), "meeting_room", "rooms_space", "rooms.view_space"),
                _item(_("Members"), "groups", "rooms_member", "rooms.view_member"),
                _item(_("Bans"), "block", "rooms_ban", "rooms.view_ban"),
                _item(_("Messages"), "chat", "chat_message", "chat.view_message"),
            ],
        },
        {
            "title": _("Records"),
            "separator": True,
            "items": [
                _item(_("Mails"), "mail", "core_mail", "core.view_mail"),
                _item(_("Audit log"), "history", "accounts_auditentry", "accounts.view_auditentry"),
                *([mailbox] if demo else []),
            ],
        },
    ]


def _money() -> list[dict[str, Any]]:
    return [
        {
            "title": _("Membership"),
            "separator": True,
            "items": [
                _item(_("Plans"), "workspace_premium", "billing_plan", "billing.view_plan"),
                _item(_("Given plans"), "card_membership", "billing_grant", "billing.view_grant"),
                _item(_("Offers"), "sell", "billing_offer", "billing.view_offer"),
            ],
        },
        {
            "title": _("Payments"),
            "separator": True,
            "items": [
                _item(_("Payments"), "payments", "billing_payment", "billing.view_payment"),
                _item(_("Subscriptions"), "autorenew", "billing_subscription", "billing.view_subscription"),
                _item(_("Refunds"), "currency_exchange", "billing_refund", "billing.view_refund"),
                _item(_("What providers told"), "webhook", "billing_inboundevent", "billing.view_inboundevent"),
            ],
        },
        {
            "title": _("As Stripe has it"),
            "separator": True,
            "collapsible": True,
            "items": [
                _item(_("Customers"), "badge", "djstripe_customer", "billing.view_payment"),
                _item(_("Subscriptions"), "autorenew", "djstripe_subscription", "billing.view_payment"),
                _item(_("Invoices"), "receipt_long", "djstripe_invoice", "billing.view_payment"),
                _item(_("Charges"), "credit_card", "djstripe_charge", "billing.view_payment"),
            ],
        },
    ]


# The tokens of static/css/plaza.css, in the steps that unfold asks for: the accent, and the greys with its tint.
_COLOURS = {
    "base": {
        "50": "oklch(0.984 0.006 290)",
        "100": "oklch(0.958 0.007 281)",
        "200": "oklch(0.915 0.009 286)",
        "300": "oklch(0.85 0.012 286)",
        "400": "oklch(0.735 0.015 287)",
        "500": "oklch(0.54 0.02 286)",
        "600": "oklch(0.46 0.02 287)",
        "700": "oklch(0.36 0.02 285)",
        "800": "oklch(0.27 0.016 285)",
        "900": "oklch(0.2 0.015 285)",
        "950": "oklch(0.125 0.014 285)",
    },
    "primary": {
        "50": "oklch(0.97 0.014 284)",
        "100": "oklch(0.945 0.024 284)",
        "200": "oklch(0.9 0.05 284)",
        "300": "oklch(0.84 0.085 285)",
        "400": "oklch(0.79 0.115 286)",
        "500": "oklch(0.66 0.17 283)",
        "600": "oklch(0.485 0.215 279)",
        "700": "oklch(0.43 0.205 279)",
        "800": "oklch(0.38 0.18 279)",
        "900": "oklch(0.33 0.14 280)",
        "950": "oklch(0.285 0.075 281)",
    },
}
