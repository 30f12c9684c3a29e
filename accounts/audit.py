"""The audit log: who did what to whom, from where, and what it changed."""

from typing import Any

from django.db import models

from accounts.models import AuditEntry, User


def record(
    action: str,
    *,
    actor: User | None,
    target: models.Model,
    address: str | None = None,
    user_agent: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """In the transaction of the act itself: neither is there without the other. Values must be JSON, and no secrets.

    `action` is past tense, as `password_changed`; `before` and `after` hold only what differs.
    """
    AuditEntry.objects.create(
        actor=actor,
        actor_name=actor.username if actor else "",
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk or ""),  # an unsaved one stands for nobody known
        target_name=str(target)[:80],
        before=before or {},
        after=after or {},
        address=address or None,
        user_agent=user_agent[:200],
    )
