"""What the clock starts in accounts."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from accounts import actions, tasks
from accounts.models import AskedMail, AvatarUpload, DataExport, Push, User
from core import work

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 10


@shared_task(ignore_result=True)
def forget_sign_ins() -> None:
    actions.forget_old_sign_ins()


@shared_task(ignore_result=True)
def sweep_asked_mails() -> None:
    work.sweep(tasks.answer_asked_mail, AskedMail)


@shared_task(ignore_result=True)
def forget_unconfirmed() -> None:
    actions.forget_unconfirmed()
    actions.forget_asked_mails()


@shared_task(ignore_result=True)
def sweep_exports() -> None:
    work.sweep(tasks.pack_export, DataExport)


@shared_task(ignore_result=True)
def throw_away_exports() -> None:
    actions.throw_away_old_exports()


@shared_task(ignore_result=True)
def sweep_avatars() -> None:
    work.sweep(tasks.make_avatar, AvatarUpload)


@shared_task(ignore_result=True)
def sweep_pushes() -> None:
    work.sweep(tasks.send_push, Push)


@shared_task(ignore_result=True)
def sweep_avatar_files() -> None:
    actions.sweep_avatar_files()


@shared_task(ignore_result=True)
def erase_people() -> None:
    """Those whose time to change their mind is over; who fails waits for the next time and keeps nobody else."""
    due = User.objects.filter(erase_at__lte=timezone.now()).order_by("erase_at", "pk").values_list("pk", flat=True)
    for user_id in due[:100]:
        try:
            actions.erase_person(user_id=user_id)
        except Exception:  # whatever is wrong with one must not keep the others waiting
            log.exception("erasing_failed", user=user_id)


SCHEDULE = {
    "forget-sign-ins": {"task": "accounts.schedule.forget_sign_ins", "schedule": timedelta(hours=6)},
    "sweep-asked-mails": {
        "task": "accounts.schedule.sweep_asked_mails",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "forget-unconfirmed": {"task": "accounts.schedule.forget_unconfirmed", "schedule": timedelta(hours=6)},
    "sweep-exports": {
        "task": "accounts.schedule.sweep_exports",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "throw-away-exports": {"task": "accounts.schedule.throw_away_exports", "schedule": timedelta(minutes=10)},
    "sweep-avatars": {
        "task": "accounts.schedule.sweep_avatars",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "sweep-pushes": {
        "task": "accounts.schedule.sweep_pushes",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "sweep-avatar-files": {"task": "accounts.schedule.sweep_avatar_files", "schedule": timedelta(hours=6)},
    "erase-people": {"task": "accounts.schedule.erase_people", "schedule": timedelta(minutes=1)},
}
