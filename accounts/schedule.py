"""What the clock starts in accounts."""

from datetime import timedelta

from celery import shared_task

from accounts import actions


@shared_task(ignore_result=True)
def forget_sign_ins() -> None:
    actions.forget_old_sign_ins()


SCHEDULE = {"forget-sign-ins": {"task": "accounts.schedule.forget_sign_ins", "schedule": timedelta(hours=6)}}
