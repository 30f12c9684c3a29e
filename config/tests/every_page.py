"""Every page of Plaza: where it is, and who sees it. `test_every_page.py` goes to all of them.

A new page gets a line in PAGES; an address that is no page gets one in NOT_PAGES, with the reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver
from playwright.sync_api import Page

Facts = dict[str, str]  # what config/tests/every_page_data.py has made: ids, slugs and keys by their names


@dataclass(frozen=True)
class Visit:
    """One page as one person finds it.

    picture   names it, in failures too
    where     a URL name, or a path that has none
    who       has signed in; "" is a visitor
    args      names of facts, for the URL
    status    of the last answer
    language  that it is in, whoever reads it
    do        what brings the page into the state meant
    """

    picture: str
    where: str
    who: str = ""
    args: tuple[str, ...] = ()
    query: str = ""
    status: int = 200
    language: str = ""
    do: Callable[[Page], None] | None = None

    def path(self, facts: Facts) -> str:
        if self.where.startswith("/"):
            return self.where
        return reverse(self.where, args=[facts[name] for name in self.args]) + self.query


def _send_main_form(page: Page) -> None:
    """As it is, past the browser's own checks: what the server says to that stands on the page then."""
    page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.locator("main [aria-invalid=true], main [role=alert]").first.wait_for()


def _move_the_clock_by_nothing(page: Page) -> None:
    page.locator("main form:has(input[name=advance])").evaluate(
        "form => { form.noValidate = true; form.requestSubmit() }"
    )
    page.locator("main [aria-invalid=true]").first.wait_for()


def _take_a_name_that_is_taken(page: Page) -> None:
    page.fill("[name=name]", "The Plaza")
    page.locator("main form:has([name=name])").evaluate("form => form.requestSubmit()")
    page.locator("main [aria-invalid=true]").first.wait_for()


def _knock_with_a_wrong_password(page: Page) -> None:
    page.fill("[name=password]", "let me in")
    page.locator("main form:has([name=nickname])").evaluate("form => form.requestSubmit()")
    page.locator("main [aria-invalid=true]").first.wait_for()


def _choose_what_is_not_there(page: Page) -> None:
    form = page.locator("main form:has([name=offer])").first
    form.locator("[name=offer]").first.evaluate("field => { field.value = 'gone' }")
    form.evaluate("form => form.requestSubmit()")
    page.locator("main [role=alert]").first.wait_for()


def _ask_for_a_refund(page: Page) -> None:
    page.locator("button[name=action][value=refund]").click()
    page.locator(".plaza-card--ask").wait_for()


def _change_prices(page: Page) -> None:
    page.locator("button[name=action][value=change]").click()
    page.locator(".plaza-card--ask").wait_for()


def _deactivate(page: Page) -> None:
    page.locator("button[name=action][value=deactivate]").click()
    page.locator(".plaza-card--ask").wait_for()


def _a_payment_is_missing(page: Page) -> None:
    page.locator("#membership .badge--bad").first.wait_for()


def _talk_is_there(page: Page) -> None:
    page.locator("#messages time[title]").first.wait_for()  # drawn once more by the script, in the reader's own time


def _operations_are_listed(page: Page) -> None:
    page.locator(".opblock").first.wait_for()


PAGES = (
    Visit("landing", "landing"),
    Visit("landing-member", "landing", "alice"),
    Visit("offline", "offline"),
    Visit("api-docs", "docs", language="en", do=_operations_are_listed),
    # --- Becoming somebody, and signing in -----------------------------------------------------------------------
    Visit("login", "account_login"),
    Visit("login-refused", "account_login", do=_send_main_form),
    Visit("signup", "account_signup"),
    Visit("signup-refused", "account_signup", do=_send_main_form),
    Visit("logout", "account_logout", "alice"),
    Visit("inactive", "account_inactive"),
    Visit("look-into-your-mail", "account_email_verification_sent"),
    Visit("confirm-email", "account_confirm_email", args=("activation_key",)),
    Visit("confirm-email-bad-link", "account_confirm_email", args=("bad_key",), status=400),
    Visit("password-reset", "account_reset_password"),
    Visit("password-reset-done", "account_reset_password_done"),
    Visit("password-reset-key", "account_reset_password_from_key", args=("reset_person", "reset_key")),
    Visit("password-reset-bad-link", "account_reset_password_from_key", args=("reset_person", "bad_key")),
    Visit("password-reset-key-done", "account_reset_password_from_key_done"),
    # --- Settings ------------------------------------------------------------------------------------------------
    Visit("settings-profile", "settings:profile", "alice"),
    Visit("settings-profile-new", "settings:profile", "nora"),
    Visit("settings-addresses", "settings:addresses", "alice"),
    Visit("settings-addresses-none", "settings:addresses", "nora"),
    Visit("settings-address-new", "settings:address_new", "alice"),
    Visit("settings-address-refused", "settings:address_new", "alice", status=400, do=_send_main_form),
    Visit("settings-address", "settings:address", "alice", args=("address",)),
    Visit("settings-address-delete", "settings:address_delete", "alice", args=("address",)),
    Visit("settings-account", "settings:account", "alice"),
    Visit("settings-data", "settings:data", "alice"),
    Visit("settings-data-none", "settings:data", "nora"),
    Visit("settings-data-leaving", "settings:data", "petra"),
    Visit("settings-email", "account_email", "alice"),
    Visit("settings-email-waiting", "account_email", "bob"),
    Visit("settings-password", "account_change_password", "alice"),
    Visit("settings-sign-out-everywhere", "account_sign_out_everywhere", "alice"),
    Visit("settings-notifications", "settings:notifications", "alice"),
    Visit("settings-blocked", "blocking:list", "alice"),
    Visit("settings-blocked-none", "blocking:list", "nora"),
    # --- Plans and payments --------------------------------------------------------------------------------------
    Visit("plans", "billing:plans"),
    Visit("plans-currency", "billing:plans", query="?currency=USD"),
    Visit("plans-member", "billing:plans", "mona"),
    Visit("plans-refused", "billing:plans", "bob", status=400, do=_choose_what_is_not_there),
    Visit("membership", "billing:membership", "mona"),
    Visit("membership-none", "billing:membership", "nora"),
    Visit("membership-past-due", "billing:membership", "omar", do=_a_payment_is_missing),
    Visit("membership-cancel", "billing:cancel", "mona"),
    Visit("membership-cancel-none", "billing:cancel", "nora", status=409),
    Visit("membership-change", "billing:change", "mona"),
    Visit("payment", "billing:payment", "mona", args=("payment",)),
    Visit("payment-waiting", "billing:payment", "bob", args=("payment_waiting",)),
    Visit("payment-failed", "billing:payment", "bob", args=("payment_failed",)),
    Visit("payment-not-ones-own", "billing:payment", "nora", args=("payment",), status=404),
    # --- People and rooms ----------------------------------------------------------------------------------------
    Visit("person", "people:profile", args=("alice",)),
    Visit("person-oneself", "people:profile", "nora", args=("nora",)),
    Visit("rooms", "rooms:list", "alice"),
    Visit("rooms-visitor", "rooms:list"),
    Visit("rooms-name-taken", "rooms:list", "nora", status=400, do=_take_a_name_that_is_taken),
    Visit("room", "rooms:room", "alice", args=("room",), do=_talk_is_there),
    Visit("room-quiet", "rooms:room", "bob", args=("quiet_room",)),
    Visit("room-door", "rooms:room", args=("room",)),
    Visit("room-door-private", "rooms:room", "nora", args=("private_room",)),
    Visit(
        "room-door-wrong-password",
        "rooms:room",
        "nora",
        args=("private_room",),
        status=400,
        do=_knock_with_a_wrong_password,
    ),
    Visit("room-door-closed", "rooms:room", args=("private_room",)),
    Visit("room-banned", "rooms:room", "charlie", args=("room",), status=404),
    Visit("room-gone", "rooms:room", args=("gone_room",), status=410),
    Visit("room-gone-member", "rooms:room", "nora", args=("gone_room",), status=410),
    Visit("room-opening", "rooms:opening", "nora"),
    Visit("room-door-alone", "rooms:door", "nora", args=("private_room",)),
    Visit("room-people", "rooms:people", "alice", args=("room",)),
    Visit("room-people-alone", "rooms:people", "bob", args=("quiet_room",)),
    Visit("room-ban", "rooms:ban", "alice", args=("room", "member")),
    Visit("room-hand-over", "rooms:hand_over", "alice", args=("room",)),
    Visit("room-leave", "rooms:leave", "alice", args=("room",)),
    Visit("room-close", "rooms:close", "alice", args=("room",)),
    Visit("transcript", "transcripts:transcript", "alice", args=("transcript",)),
    Visit("transcript-being-made", "transcripts:transcript", "alice", args=("transcript_running",)),
    Visit("transcript-failed", "transcripts:transcript", "alice", args=("transcript_failed",)),
    Visit("conversations", "conversations:list", "bob"),
    Visit("conversations-none", "conversations:list", "nora"),
    Visit("conversation", "conversations:talk", "alice", args=("pair",), do=_talk_is_there),
    Visit("conversation-group", "conversations:talk", "alice", args=("group",), do=_talk_is_there),
    Visit("conversation-leave", "conversations:leave", "alice", args=("group",)),
    Visit("person-blocked", "people:profile", "alice", args=("tariq",)),
    # --- The sandbox: another company's pages, and the clock that the staff moves ----------------------------------
    Visit("sandbox-checkout", "sandbox:checkout", args=("sandbox_open",)),
    Visit("sandbox-checkout-wrong", "sandbox:checkout", args=("sandbox_open",), status=400, do=_send_main_form),
    Visit("sandbox-checkout-declined", "sandbox:checkout", args=("sandbox_declined",)),
    Visit("sandbox-checkout-secure", "sandbox:checkout", args=("sandbox_secure",)),
    Visit("sandbox-checkout-paid", "sandbox:checkout", args=("sandbox_paid",)),
    Visit("sandbox-checkout-closed", "sandbox:checkout", args=("sandbox_closed",)),
    Visit("sandbox-receipt", "sandbox:receipt", args=("sandbox_receipt",)),
    Visit("sandbox-portal", "sandbox:portal", args=("sandbox_portal_living",)),
    Visit("sandbox-portal-past-due", "sandbox:portal", args=("sandbox_portal_past_due",)),
    Visit("sandbox-portal-ended", "sandbox:portal", args=("sandbox_portal_ended",)),
    Visit("sandbox-portal-too-old", "sandbox:portal", args=("sandbox_portal_too_old",), status=410),
    Visit("sandbox-clock", "sandbox:clock", "dana"),
    Visit("sandbox-clock-refused", "sandbox:clock", "dana", status=400, do=_move_the_clock_by_nothing),
    # --- For developers ------------------------------------------------------------------------------------------
    Visit("dev-components", "dev:components"),
    Visit("dev-mail", "dev:mail_list"),
    Visit("dev-mail-one", "dev:mail_detail", args=("mail",)),
    # --- The staff -----------------------------------------------------------------------------------------------
    Visit("admin", "admin:index", "dana"),
    Visit("admin-app", "admin:app_list", "dana", args=("app",)),
    Visit("admin-people", "admin:accounts_user_changelist", "dana"),
    Visit("admin-people-found", "admin:accounts_user_changelist", "dana", query="?q=alice&standing=active"),
    Visit("admin-people-none", "admin:accounts_user_changelist", "dana", query="?q=nobody-has-this-name"),
    Visit("admin-person", "admin:accounts_user_change", "dana", args=("person",)),
    Visit("admin-person-deactivate", "admin:accounts_user_change", "dana", args=("person",), do=_deactivate),
    Visit("admin-addresses", "admin:accounts_address_changelist", "dana"),
    Visit("admin-address", "admin:accounts_address_change", "dana", args=("address",)),
    Visit("admin-sign-ins", "admin:accounts_signin_changelist", "dana"),
    Visit("admin-sign-in", "admin:accounts_signin_change", "dana", args=("sign_in",)),
    Visit("admin-exports", "admin:accounts_dataexport_changelist", "dana"),
    Visit("admin-export", "admin:accounts_dataexport_change", "dana", args=("export",)),
    Visit("admin-mails", "admin:core_mail_changelist", "dana"),
    Visit("admin-mail", "admin:core_mail_change", "dana", args=("mail",)),
    Visit("admin-audit", "admin:accounts_auditentry_changelist", "dana"),
    Visit("admin-audit-entry", "admin:accounts_auditentry_change", "dana", args=("audit_entry",)),
    Visit("admin-rooms", "admin:rooms_space_changelist", "dana"),
    Visit("admin-room", "admin:rooms_space_change", "dana", args=("room_id",)),
    Visit("admin-members", "admin:rooms_member_changelist", "dana"),
    Visit("admin-member", "admin:rooms_member_change", "dana", args=("member",)),
    Visit("admin-bans", "admin:rooms_ban_changelist", "dana"),
    Visit("admin-ban", "admin:rooms_ban_change", "dana", args=("ban",)),
    Visit("admin-messages", "admin:chat_message_changelist", "dana"),
    Visit("admin-message", "admin:chat_message_change", "dana", args=("message",)),
    Visit("admin-plans", "admin:billing_plan_changelist", "dana"),
    Visit("admin-plan", "admin:billing_plan_change", "dana", args=("plan",)),
    Visit("admin-grants", "admin:billing_grant_changelist", "dana"),
    Visit("admin-grant", "admin:billing_grant_change", "dana", args=("grant",)),
    Visit("admin-offers", "admin:billing_offer_changelist", "dana"),
    Visit("admin-offer", "admin:billing_offer_change", "dana", args=("offer",)),
    Visit("admin-offer-change", "admin:billing_offer_change", "dana", args=("offer",), do=_change_prices),
    Visit("admin-payments", "admin:billing_payment_changelist", "dana"),
    Visit("admin-payment", "admin:billing_payment_change", "dana", args=("payment_id",)),
    Visit("admin-payment-refund", "admin:billing_payment_change", "dana", args=("payment_id",), do=_ask_for_a_refund),
    Visit("admin-subscriptions", "admin:billing_subscription_changelist", "dana"),
    Visit("admin-subscription", "admin:billing_subscription_change", "dana", args=("subscription",)),
    Visit("admin-refunds", "admin:billing_refund_changelist", "dana"),
    Visit("admin-refund", "admin:billing_refund_change", "dana", args=("refund",)),
    Visit("admin-events", "admin:billing_inboundevent_changelist", "dana"),
    Visit("admin-event", "admin:billing_inboundevent_change", "dana", args=("event",)),
    Visit("admin-stripe-customers", "admin:djstripe_customer_changelist", "dana"),
    Visit("admin-stripe-subscriptions", "admin:djstripe_subscription_changelist", "dana"),
    Visit("admin-stripe-invoices", "admin:djstripe_invoice_changelist", "dana"),
    Visit("admin-stripe-charges", "admin:djstripe_charge_changelist", "dana"),
    Visit("admin-history", "admin:accounts_user_history", "dana", args=("person",)),
    Visit("admin-refused", "admin:accounts_user_changelist", "dana", query="?q=%00", status=400),
    # --- Pages that say no (config/tests/refusing_urls.py) -------------------------------------------------------
    Visit("refused-400", "/refused/400/", status=400),
    Visit("refused-403", "/refused/403/", status=403),
    Visit("refused-404", "/nothing/is/here/", status=404),
    Visit("refused-404-member", "/nothing/is/here/", "alice", status=404),
    Visit("refused-409", "/refused/409/", status=409),
    Visit("refused-410", "/refused/410/", status=410),
    Visit("refused-429", "/refused/429/", status=429),
    Visit("refused-500", "/refused/500/", status=500),
    Visit("refused-503", "/refused/503/", status=503),
    Visit("refused-maintenance", "/refused/maintenance/", status=503),
    Visit("refused-csrf", "/refused/csrf/", status=403),
)

# What axe finds that is not ours to mend: page, rule, reason.
EXCUSED = (
    ("api-docs", "color-contrast", "swagger-ui's own colours, of which every version has others"),
    ("api-docs", "nested-interactive", "swagger-ui puts a button into a button"),
)

# As somebody finds them who has just set up a Plaza.
EMPTY_PAGES = (
    Visit("empty-rooms", "rooms:list", "nora"),
    Visit("empty-rooms-visitor", "rooms:list"),
    Visit("empty-dev-mail", "dev:mail_list"),
    Visit("empty-admin", "admin:index", "dana"),
    Visit("empty-admin-addresses", "admin:accounts_address_changelist", "dana"),
    Visit("empty-admin-sign-ins", "admin:accounts_signin_changelist", "dana"),
    Visit("empty-admin-exports", "admin:accounts_dataexport_changelist", "dana"),
    Visit("empty-admin-payments", "admin:billing_payment_changelist", "dana"),
    Visit("empty-admin-mails", "admin:core_mail_changelist", "dana"),
)

_ANSWERS_A_FORM = "takes what a form sends, and leads back to a page"
_NO_HTML = "is read by programs"
_LEADS_ON = "leads on to a page of ours"

NOT_PAGES = {
    "api_*": _NO_HTML,
    "schema": _NO_HTML,
    "manifest": _NO_HTML,
    "worker": _NO_HTML,
    "robots": _NO_HTML,
    "healthz": _NO_HTML,
    "readyz": _NO_HTML,
    "metrics": _NO_HTML,
    "dev:latest_mail": _NO_HTML,
    "admin:jsi18n": _NO_HTML,
    "admin:autocomplete": _NO_HTML,
    "admin:djstripe_*_change": "has nothing to show without Stripe; billing/tests/test_mirror_pages.py opens it",
    "set_language": _ANSWERS_A_FORM,
    "set_status": _ANSWERS_A_FORM,
    "account_email_again": _ANSWERS_A_FORM,
    "account_email_cancel": _ANSWERS_A_FORM,
    "sandbox:pay": _ANSWERS_A_FORM,
    "sandbox:confirm": _ANSWERS_A_FORM,
    "sandbox:back": _ANSWERS_A_FORM,
    "sandbox:portal_*": _ANSWERS_A_FORM,
    "sandbox:outage": _ANSWERS_A_FORM,
    "settings:avatar": _ANSWERS_A_FORM,
    "settings:avatar_remove": _ANSWERS_A_FORM,
    "settings:avatar_dismiss": _ANSWERS_A_FORM,
    "settings:address_first": _ANSWERS_A_FORM,
    "settings:ask_export": _ANSWERS_A_FORM,
    "settings:ask_deletion": _ANSWERS_A_FORM,
    "settings:keep_account": _ANSWERS_A_FORM,
    "billing:checkout": _ANSWERS_A_FORM,
    "billing:resume": _ANSWERS_A_FORM,
    "billing:portal": _ANSWERS_A_FORM,
    "rooms:join": _ANSWERS_A_FORM,
    "rooms:block": _ANSWERS_A_FORM,
    "rooms:unblock": _ANSWERS_A_FORM,
    "rooms:unban": _ANSWERS_A_FORM,
    "rooms:post": _ANSWERS_A_FORM,
    "conversations:post": _ANSWERS_A_FORM,
    "conversations:mute": _ANSWERS_A_FORM,
    "conversations:add": _ANSWERS_A_FORM,
    "blocking:block": _ANSWERS_A_FORM,
    "blocking:unblock": _ANSWERS_A_FORM,
    "webhook": "is for providers",
    "settings:download": "is a file",
    "rooms:transcript*": "is a file",
    "conversations:transcript*": "is a file",
    "transcripts:file": "is a file",
    "transcripts:state": "is a part of transcripts:transcript",
    "rooms:profile": _LEADS_ON,
    "settings:exports": "is a part of settings:data",
    "dev:exchange": "is a part of dev:components",
    "admin:search": "is a part of unfold's pages, which ours do not show",
    "admin:login": _LEADS_ON,
    "admin:logout": _LEADS_ON,
    "admin:password_change": _LEADS_ON,
    "admin:password_change_done": "is where Django's own form would end, which ours takes the place of",
    "admin:view_on_site": _LEADS_ON,
    "admin:*_history": "leads on to the audit log: one stands for all",
    "admin:*_add": "is refused: staff change things by actions only",
    "admin:*_delete": "is refused: staff change things by actions only",
}


def url_names() -> set[str]:
    return {name for name in _walk(get_resolver(), ()) if not name.endswith(":")}


def _walk(resolver: URLResolver, spaces: tuple[str, ...]) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        else:
            yield ":".join([*spaces, pattern.name or ""])


def why_no_page(name: str) -> str:
    return next((why for glob, why in NOT_PAGES.items() if fnmatchcase(name, glob)), "")
