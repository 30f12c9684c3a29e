"""Every mail about an account. It goes to the stored address, never to what somebody typed."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone

from accounts.models import DataExport, User
from core.mails import public_link, queue_mail
from core.models import Mail
from core.rates import named_rate


def send_activation(address: EmailAddress) -> None:
    key = EmailConfirmationHMAC.create(address).key
    link = public_link(reverse("account_confirm_email", args=[key]))
    _send(address.email, "activation", {"person": address.user}, key=key, link=link)


def send_account_exists(user: User) -> None:
    """To whom an address belongs that somebody signs up with, or asks an activation for."""
    context = {"person": user, "reset_link": public_link(reverse("account_reset_password"))}
    _send(user.email, "account_exists", context, link=public_link(reverse("account_login")))


def send_address_wanted(user: User) -> None:
    """To whom an address belongs that somebody else wants to move to."""
    _send(user.email, "address_wanted", {"person": user}, link=public_link(reverse("account_login")))


def send_email_change(address: EmailAddress) -> None:
    """To the new address."""
    key = EmailConfirmationHMAC.create(address).key
    link = public_link(reverse("account_confirm_email", args=[key]))
    _send(address.email, "email_change", {"person": address.user}, key=key, link=link)


def send_email_change_asked(user: User) -> None:
    """To the old address. The new one is not named: nobody knows yet whose it is."""
    _send(user.email, "email_change_asked", {"person": user}, link=public_link(reverse("account_email")))


def send_email_changed(user: User, before: str) -> None:
    """To both addresses."""
    for to in (user.email, before):
        context = {"person": user, "to_the_old_one": to == before}
        _send(to, "email_changed", context, link=public_link(reverse("account_login")))


def send_password_reset(user: User, *, to: str) -> None:
    """`to` is their address, or the one that they have signed up with."""
    token = default_token_generator.make_token(user)
    uid = user_pk_to_url_str(user)
    link = public_link(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))
    _send(to, "password_reset", {"person": user}, key=f"{uid}-{token}", link=link)


def send_welcome(user: User) -> None:
    _send(user.email, "welcome", {"person": user}, link=public_link("/"))


def send_password_changed(user: User) -> None:
    _send(user.email, "password_changed", {"person": user}, link=public_link(reverse("account_reset_password")))


def send_export_ready(export: DataExport) -> None:
    link = public_link(reverse("settings:data"))
    _send(export.user.email, "export_ready", {"person": export.user, "until": export.expires_at}, link=link)


def send_deletion_asked(user: User, erase_at: datetime) -> None:
    link = public_link(reverse("settings:data"))
    _send(user.email, "deletion_asked", {"person": user, "erase_at": erase_at}, link=link)


def send_deletion_cancelled(user: User) -> None:
    link = public_link(reverse("account_reset_password"))
    _send(user.email, "deletion_cancelled", {"person": user}, link=link)


def send_erased(user: User) -> None:
    """The last one. `user` is as they were."""
    _send(user.email, "erased", {"person": user}, link=public_link("/"))


def _send(to: str, name: str, context: dict[str, Any], *, link: str, key: str = "") -> None:
    """Nothing if this address got so many of these lately (`RATE_MAILS`) that one more would be a nuisance."""
    name = f"accounts/{name}"
    rate = named_rate("MAILS")
    since = timezone.now() - timedelta(seconds=rate.seconds)
    if Mail.objects.filter(to=to, name=name, created_at__gt=since).count() >= rate.count:
        return
    person: User = context["person"]
    queue_mail(
        to=to,
        name=name,
        context=context,
        key=key,
        link=link,
        language=person.language,
        time_zone=person.time_zone,
    )
