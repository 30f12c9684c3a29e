"""Slow work that an action leaves behind. Each may run twice: `core.work`."""

from celery import shared_task

from accounts import actions


@shared_task(ignore_result=True)
def answer_asked_mail(asked_id: int) -> None:
    actions.answer_asked_mail(asked_id=asked_id)


@shared_task(ignore_result=True)
def pack_export(export_id: int) -> None:
    actions.pack_export(export_id=export_id)


@shared_task(ignore_result=True)
def make_avatar(upload_id: int) -> None:
    actions.make_avatar(upload_id=upload_id)


@shared_task(ignore_result=True)
def send_push(push_id: int) -> None:
    actions.send_push(push_id=push_id)
