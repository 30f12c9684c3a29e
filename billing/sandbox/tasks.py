"""Slow work of the sandbox. billing/schedule.py brings it to Celery, by way of this package's schedule."""

from celery import shared_task

from billing.sandbox import webhooks


@shared_task(ignore_result=True)
def send_webhook(webhook_id: int) -> None:
    webhooks.send(webhook_id=webhook_id)
