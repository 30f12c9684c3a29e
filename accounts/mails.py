"""Every mail about an account. It goes to the stored address, never to what somebody typed."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.mails import public_link, queue_mail
from core.models import Mail
from core.rates import named_rate


def send_activation(address: EmailAddress) -> None:
    key = EmailConfirmationHMAC.create(address).key
    link = public_link(reverse("account_confirm_email", args=[key]))
    _send(address.email, "activation", {"person": address.user}, key=key, link=link)


def send_account_exists(user: User) -> None:
    """To somebody who signs up with an address that has an account."""
    context = {"person": user, "reset_link": public_link(reverse("account_reset_password"))}
    _send(user.email, "account_exists", context, link=public_link(reverse("account_login")))


def send_password_reset(user: User) -> Mail | None:
    token = default_token_generator.make_token(user)
    uid = user_pk_to_url_str(user)
    link = public_link(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))
    return _send(user.email, "password_reset", {"person": user}, key=f"{uid}-{token}", link=link)


def send_welcome(user: User) -> None:
    _send(user.email, "welcome", {"person": user}, link=public_link("/"))


def send_password_changed(user: User) -> None:
    _send(user.email, "password_changed", {"person": user}, link=public_link(reverse("account_reset_password")))


def _send(to: str, name: str, context: dict[str, Any], *, link: str, key: str = "") -> Mail | None:
    """None if this address got so many of these lately (`RATE_MAILS`) that one more would be a nuisance."""
    name = f"accounts/{name}"
    rate = named_rate("MAILS")
    since = timezone.now() - timedelta(seconds=rate.seconds)
    if Mail.objects.filter(to=to, name=name, created_at__gt=since).count() >= rate.count:
        return None
    return queue_mail(to=to, name=name, context=context, key=key, link=link)
