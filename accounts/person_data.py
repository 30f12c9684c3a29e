"""What accounts keep about a person: taken along in an export, taken away when the account is deleted."""

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import pictures
from accounts.actions.access import end_all_sign_ins
from accounts.actions.avatars import remove_avatar
from accounts.actions.exports import throw_away_exports_of
from accounts.models import Address, AskedMail, AuditEntry, PushSubscription, SignIn, User
from accounts.payloads import address_payload
from core.models import Mail
from core.person_data import Files, PersonData, in_chunks, register
from core.times import iso

NAMELESS = "deleted-"
NOWHERE = "deleted.invalid"  # RFC 2606: no mail ever gets there


def _profile(user: User) -> dict[str, Any]:
    plain = ("username", "email", "display_name", "about", "phone", "language", "time_zone", "status")
    return {
        **{name: getattr(user, name) for name in plain},
        "email_addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "joined_at": iso(user.date_joined),
        "last_signed_in_at": iso(user.last_login),
        "is_staff": user.is_staff,
        "deletion_asked_for": iso(user.erase_at),
    }


def _pictures(user: User) -> Files:
    if not user.avatar:
        return
    for size in pictures.SIZES:
        name = pictures.avatar_file(user.avatar, size)
        if default_storage.exists(name):
            yield f"avatar/{size}.webp", default_storage.open(name)


def _erase_profile(user: User) -> None:
    """What is found by their name or address goes before. Taking the name away locks the row's key."""
    if user.erased_at is not None:
        return
    EmailAddress.objects.filter(user=user).delete()
    remove_avatar(user)
    user.username = f"{NAMELESS}{secrets.token_hex(5)}"
    user.email = f"{user.username}@{NOWHERE}"
    for name in ("display_name", "about", "phone", "language", "time_zone", "status", "avatar"):
        setattr(user, name, "")
    user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.erased_at = timezone.now()
    user.set_unusable_password()
    user.save(update_fields=_ERASED)
    user.groups.clear()
    user.user_permissions.clear()
    end_all_sign_ins(user)


_ERASED = [
    *("username", "username_key", "email", "first_name", "last_name", "display_name", "about", "phone", "language"),
    *("time_zone", "status", "avatar", "is_active", "is_staff", "is_superuser", "last_login", "erased_at", "password"),
]


def _addresses(user: User) -> list[dict[str, Any]]:
    return [address_payload(row) for row in Address.objects.filter(user=user).order_by("pk")]


def _delete(rows: QuerySet[Any]) -> None:
    rows.delete()


def _sign_ins(user: User) -> Iterator[dict[str, Any]]:
    for row in SignIn.objects.filter(user=user).order_by("created_at"):
        yield {
            "signed_in_at": iso(row.created_at),
            "last_used_at": iso(row.used_at),
            "ended_at": iso(row.revoked_at),
            "browser": row.user_agent,
        }


def _push_subscriptions(user: User) -> Iterator[dict[str, Any]]:
    """Without the endpoint and its keys: who has them can reach the browser."""
    for row in PushSubscription.objects.filter(user=user).order_by("pk"):
        yield {
            "browser": row.user_agent,
            "service": urlsplit(row.endpoint).hostname,
            "asked_at": iso(row.created_at),
            "last_sent_at": iso(row.last_sent_at),
        }


def _about(user: User) -> Q:
    return Q(target_type=User._meta.label_lower, target_id=str(user.pk))


def _audit(user: User) -> Iterator[dict[str, Any]]:
    """What they did, and what was done to them; where from only if it was they."""
    for row in in_chunks(AuditEntry.objects.filter(Q(actor=user) | _about(user))):
        own = row.actor_id == user.pk
        yield {
            "at": iso(row.at),
            "who": row.actor_name if own or not row.actor_name else str(_("staff")),
            "what": row.action,
            "to": row.target_name,
            "before": row.before,
            "after": row.after,
            "from": row.address if own else None,
            "browser": row.user_agent if own else "",
        }


def _rename_in_audit_log(user: User) -> None:
    """That something happened, and when, stays; the name, the values and where it came from do not."""
    by_them, about_them = AuditEntry.objects.filter(actor=user), AuditEntry.objects.filter(_about(user))
    by_them.update(actor_name=user.username, address=None, user_agent="")
    by_them.exclude(_about(user)).filter(_their_own_rows()).update(target_name="", before={}, after={})
    about_them.update(target_name=user.username, before={}, after={})


def _their_own_rows() -> Q:
    """Acts on what belongs to whoever acted: their e-mail addresses, sign-ins, postal addresses."""
    own = (EmailAddress, SignIn, Address)
    return Q(target_type__in=[model._meta.label_lower for model in own])


def _their_emails(user: User) -> set[str]:
    """Also those that wait for their confirmation."""
    return {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)} - {""}


def _their_mails(user: User) -> QuerySet[Mail]:
    return Mail.objects.filter(to__in=_their_emails(user))


def _erase_mails(user: User) -> None:
    _their_mails(user).delete()
    AskedMail.objects.filter(email__in=_their_emails(user)).delete()


def _mails(user: User) -> Iterator[dict[str, Any]]:
    """That they were sent: what is in them may be a secret."""
    for row in in_chunks(_their_mails(user)):
        yield {
            "to": row.to,
            "mail": row.name,
            "subject": row.subject,
            "asked_at": iso(row.created_at),
            "sent_at": iso(row.sent_at),
        }


def _exports(user: User) -> list[dict[str, Any]]:
    return [
        {"asked_at": iso(row.created_at), "finished_at": iso(row.finished_at), "state": row.state}
        for row in user.data_exports.order_by("pk")
    ]


def register_all() -> None:
    """In this order: mails are found by the address that the profile still has, the log gets the name that is new."""
    for part in _PARTS:
        register(part)


_PARTS = (
    PersonData(
        name="addresses",
        about=_("Your postal addresses"),
        export=_addresses,
        erase=lambda user: _delete(Address.objects.filter(user=user)),
    ),
    PersonData(
        name="sign_ins",
        about=_("Where apps were signed in with your account"),
        export=_sign_ins,
        erase=lambda user: _delete(SignIn.objects.filter(user=user)),
    ),
    PersonData(
        name="push_subscriptions",
        about=_("Which browsers asked for notifications"),
        export=_push_subscriptions,
        erase=lambda user: _delete(PushSubscription.objects.filter(user=user)),
    ),
    PersonData(
        name="mails",
        about=_("Which mails we sent you in the last 30 days"),
        export=_mails,
        erase=_erase_mails,
    ),
    PersonData(
        name="exports",
        about=_("Which exports you asked for"),
        export=_exports,
        erase=throw_away_exports_of,
    ),
    PersonData(
        name="profile",
        about=_("Your profile, and your pictures in the folder avatar"),
        export=_profile,
        erase=_erase_profile,
        files=_pictures,
    ),
    PersonData(
        name="audit",
        about=_("What was noted for safety: changes to your account, by you and by staff"),
        export=_audit,
        erase=_rename_in_audit_log,
    ),
)
