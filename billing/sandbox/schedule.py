"""What real time starts in the sandbox: the same that moving its clock does, and events that lost their task."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from billing.gateway import sandbox
from billing.models import SandboxWebhook
from billing.sandbox import clock, tasks
from core import work

SECONDS = 10
KEPT = timedelta(days=30)


@shared_task(ignore_result=True)
def run_sandbox() -> None:
    if sandbox.is_there():
        clock.run_due()


@shared_task(ignore_result=True)
def sweep_sandbox_webhooks() -> None:
    work.sweep(tasks.send_webhook, SandboxWebhook)


@shared_task(ignore_result=True)
def forget_sandbox_webhooks() -> None:
    SandboxWebhook.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT).delete()


SCHEDULE = {
    "run-sandbox": {
        "task": "billing.sandbox.schedule.run_sandbox",
        "schedule": SECONDS,
        "options": {"expires": SECONDS},
    },
    "sweep-sandbox-webhooks": {
        "task": "billing.sandbox.schedule.sweep_sandbox_webhooks",
        "schedule": SECONDS,
        "options": {"expires": SECONDS},
    },
    "forget-sandbox-webhooks": {
        "task": "billing.sandbox.schedule.forget_sandbox_webhooks",
        "schedule": timedelta(hours=6),
    },
}
