from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import AuditEntry, SignIn
from accounts.schedule import forget_sign_ins
from accounts.sessions import SessionStore
from accounts.tests.factories import sign_in
from core.schedule import clear_sessions

pytestmark = pytest.mark.django_db


def test_sign_ins_whose_tokens_have_run_out_are_forgotten(alice):
    sign_in(), sign_in()
    old, new = SignIn.objects.order_by("created_at")
    SignIn.objects.filter(pk=old.pk).update(used_at=timezone.now() - timedelta(days=31))

    forget_sign_ins()

    assert SignIn.objects.get() == new


def test_addresses_are_kept_for_30_days(alice):
    sign_in()
    assert SignIn.objects.get().address_key
    SignIn.objects.update(created_at=timezone.now() - timedelta(days=31))

    forget_sign_ins()

    assert SignIn.objects.get().address_key == ""


def test_addresses_in_the_audit_log_too(alice):
    sign_in()
    entry = AuditEntry.objects.get(action="signed_in")
    assert entry.address
    forget_sign_ins()
    assert AuditEntry.objects.get(pk=entry.pk).address
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=31))

    forget_sign_ins()

    assert AuditEntry.objects.get(pk=entry.pk).address is None


def test_sessions_of_long_ago_are_cleared():
    for _ in range(2):
        SessionStore().create()
    Session.objects.filter(pk=Session.objects.all()[0].pk).update(expire_date=timezone.now() - timedelta(days=1))

    clear_sessions()

    assert Session.objects.count() == 1
