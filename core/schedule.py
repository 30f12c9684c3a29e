"""What the clock starts in core: mail left behind, sessions and mail of long ago."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from core.mails import start_sending
from core.models import Mail

SWEEP_SECONDS = 10
GRACE = timedelta(seconds=5)  # the job that was started with the row comes first
KEPT = timedelta(days=30)


@shared_task(ignore_result=True)
def sweep_mails() -> None:
    """Start again what is due: its job was lost with a broker or a worker, or its try failed."""
    if Mail.objects.due(timezone.now() - GRACE).exists():
        start_sending()


@shared_task(ignore_result=True)
def forget_mails() -> None:
    Mail.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT).delete()


@shared_task(ignore_result=True)
def clear_sessions() -> None:
    call_command("clearsessions")


SCHEDULE = {
    "sweep-mails": {
        "task": "core.schedule.sweep_mails",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "forget-mails": {"task": "core.schedule.forget_mails", "schedule": timedelta(hours=6)},
    "clear-sessions": {"task": "core.schedule.clear_sessions", "schedule": timedelta(hours=6)},
}
