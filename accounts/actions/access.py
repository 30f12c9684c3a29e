"""Ending access: what raises `auth_rev`, and tells the sockets after the commit."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit, events
from accounts.models import AuditEntry, PushSubscription, SignIn, User


@transaction.atomic
def deactivate(*, user: User, by: User | None = None, address: str = "") -> None:
    """No session, no token and no socket of this person is good after this."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record("deactivated", actor=by, target=user, address=address)
    end_all_sign_ins(user)


@transaction.atomic
def sign_out_everywhere(*, user: User, by: User, address: str, keep_session: SessionBase | None = None) -> None:
    """Every session and every token of this person ends, but for the session that asked, if it is theirs."""
    audit.record("signed_out_everywhere", actor=by, target=user, address=address)
    end_all_sign_ins(user, keep_session=keep_session)


def forget_old_sign_ins() -> None:
    """Sign-ins whose last tokens have run out, and addresses older than 30 days."""
    now = timezone.now()
    SignIn.objects.filter(used_at__lt=now - timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME)).delete()
    long_ago = now - timedelta(days=30)
    SignIn.objects.filter(created_at__lt=long_ago).exclude(address_key="").update(address_key="")
    AuditEntry.objects.filter(at__lt=long_ago, address__isnull=False).update(address=None)


def end_all_sign_ins(
    user: User, *, keep_session: SessionBase | None = None, keep_sign_in: SignIn | None = None
) -> None:
    """Inside the transaction of what ends it. A session that is kept keeps its key: sockets know it by that.

    No browser is sent notifications any more; the pages of one that stays signed in subscribe it again.
    """
    kept = [keep_sign_in.pk] if keep_sign_in else []
    SignIn.objects.filter(user=user, revoked_at=None).exclude(pk__in=kept).update(revoked_at=timezone.now())
    User.objects.filter(pk=user.pk).update(sign_in_epoch=F("sign_in_epoch") + 1, auth_rev=F("auth_rev") + 1)
    user.refresh_from_db(fields=["sign_in_epoch", "auth_rev"])
    if keep_session is not None:
        keep_session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        keep_session.save()
    PushSubscription.objects.filter(user=user).delete()
    events.access_revoked(user)


def raise_auth_rev(user: User) -> None:
    User.objects.filter(pk=user.pk).update(auth_rev=F("auth_rev") + 1)
