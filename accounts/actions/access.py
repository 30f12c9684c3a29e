"""Ending access: what raises `auth_rev`, and tells the sockets after the commit."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import events
from accounts.models import SignIn, User


@transaction.atomic
def deactivate(*, user: User) -> None:
    """No session, no token and no socket of this person is good after this."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_all_sign_ins(user)


def forget_old_sign_ins() -> None:
    """Sign-ins whose last tokens have run out, and addresses older than 30 days."""
    now = timezone.now()
    SignIn.objects.filter(used_at__lt=now - timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME)).delete()
    SignIn.objects.filter(created_at__lt=now - timedelta(days=30)).exclude(address_key="").update(address_key="")


def end_all_sign_ins(user: User) -> None:
    SignIn.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    raise_auth_rev(user)
    events.access_revoked(user)


def raise_auth_rev(user: User) -> None:
    User.objects.filter(pk=user.pk).update(auth_rev=F("auth_rev") + 1)
