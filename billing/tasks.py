"""Slow work that an action leaves behind. Each may run twice: `core.work`."""

from celery import shared_task

from billing import actions


@shared_task(ignore_result=True)
def process_events() -> None:
    actions.process_events()


@shared_task(ignore_result=True)
def fulfil(fulfilment_id: int) -> None:
    actions.fulfil_row(fulfilment_id=fulfilment_id)


@shared_task(ignore_result=True)
def send_refund(refund_id: int) -> None:
    actions.send_refund(refund_id=refund_id)
