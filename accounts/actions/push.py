"""Browsers that want notifications, and the notifications on their way to them."""

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Push, PushSubscription, User
from core import languages, outgoing, push, work

log = structlog.get_logger(__name__)

MOST_SUBSCRIPTIONS = 10  # of a person; a new one takes the oldest one's place
MOST_FAILURES = 10
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
_GONE = (404, 410)
_LATER = 429


@transaction.atomic
def subscribe_to_push(*, user: User, endpoint: str, p256dh: str, auth: str, user_agent: str = "") -> None:
    """Checked input. Again changes nothing but the keys. A browser that was somebody else's is now this person's:
    whoever knows its endpoint sits before it."""
    User.objects.select_for_update().get(pk=user.pk)  # one after the other, so that the eleventh is noticed
    named = {"user": user, "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "user_agent": user_agent[:200]}
    PushSubscription.objects.update_or_create(endpoint_key=_key(endpoint), defaults=named)
    newest = PushSubscription.objects.filter(user=user).order_by("-created_at", "-pk").values_list("pk", flat=True)
    PushSubscription.objects.filter(user=user).exclude(pk__in=list(newest[:MOST_SUBSCRIPTIONS])).delete()


def unsubscribe_from_push(*, user: User, endpoint: str) -> None:
    PushSubscription.objects.filter(user=user, endpoint_key=_key(endpoint)).delete()


def _key(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def browsers_of(people: Collection[int]) -> dict[int, list[int]]:
    """User id -> subscriptions, of those who have any. One query."""
    found: dict[int, list[int]] = {}
    if people:
        rows = PushSubscription.objects.filter(user__in=people, user__is_active=True).values_list("user", "pk")
        for user, subscription in rows:
            found.setdefault(user, []).append(subscription)
    return found


def queue_pushes(*, kind: str, about: Collection[tuple[int, dict[str, Any]]]) -> None:
    """`about` is of subscription and what `core.push.worded` will be asked. In the transaction of what they tell."""
    from accounts.tasks import send_push as task

    due_at = timezone.now() + timedelta(seconds=settings.PUSH_WAIT)
    rows = [Push(subscription_id=one, kind=kind, about=what, due_at=due_at) for one, what in about]
    for row in Push.objects.bulk_create(rows):
        work.start(task, row, after=settings.PUSH_WAIT + 0.05)


def send_push(*, push_id: int) -> None:
    """May run twice: only what is due is sent. A kill in between repeats it once, when its claim has lapsed."""
    row = work.take(Push, push_id)
    if row is None:
        Push.objects.filter(pk=push_id, state=Push.State.FAILED).delete()
        return
    subscription = PushSubscription.objects.select_related("user").filter(pk=row.subscription_id).first()
    wanted = _worded(row, subscription) if subscription else None
    if subscription is None or wanted is None:
        row.delete()
        return
    try:
        answer = push.send(
            endpoint=subscription.endpoint,
            p256dh=subscription.p256dh,
            auth=subscription.auth,
            content=wanted.as_bytes(),
            tag=wanted.tag,
        )
    except outgoing.NotOutside as refused:
        log.warning("push_refused", subscription=subscription.pk, because=str(refused))
        subscription.delete()
    except outgoing.NoAnswer as silent:
        _later(row, subscription, str(silent), 0)
    else:
        _take_answer(row, subscription, answer)


def _worded(row: Push, subscription: PushSubscription) -> push.Notification | None:
    user = subscription.user
    if not user.is_active:
        return None
    with languages.spoken_to(user.language or settings.LANGUAGE_CODE, user.time_zone):
        return push.worded(row.kind, user, row.about)


def _take_answer(row: Push, subscription: PushSubscription, answer: outgoing.Answer) -> None:
    if 200 <= answer.status < 300:
        PushSubscription.objects.filter(pk=subscription.pk).update(last_sent_at=timezone.now(), failures=0)
        row.delete()
    elif answer.status in _GONE:
        subscription.delete()
    elif answer.status == _LATER or answer.status >= 500:
        said = answer.headers.get("retry-after", "")
        _later(row, subscription, str(answer.status), int(said) if said.isdigit() and len(said) < 6 else 0)
    else:
        log.warning("push_not_taken", subscription=subscription.pk, status=answer.status)
        row.delete()
        _note_failure(subscription)


def _later(row: Push, subscription: PushSubscription, because: str, asked: int) -> None:
    """Each try waits longer, and at least as long as the service asked for."""
    wait = min(LONGEST_WAIT, max(FIRST_WAIT * 4 ** (row.attempts - 1), timedelta(seconds=asked)))
    log.info("push_later", subscription=subscription.pk, because=because, seconds=wait.total_seconds())
    if row.attempts < row.most_attempts:
        work.put_off(row, wait)
    else:
        row.delete()
        _note_failure(subscription)


def _note_failure(subscription: PushSubscription) -> None:
    failures = subscription.failures + 1
    if failures >= MOST_FAILURES:
        subscription.delete()
    else:
        PushSubscription.objects.filter(pk=subscription.pk).update(failures=failures)
