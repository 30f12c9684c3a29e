"""What the clock starts in billing."""

from datetime import timedelta
from typing import Any

from celery import shared_task

from billing import actions, tasks
from billing.models import Fulfilment, InboundEvent, Refund
from billing.sandbox import schedule as sandbox
from core import work

SWEEP_SECONDS = 5


@shared_task(ignore_result=True)
def sweep_money() -> None:
    """What lost its task, failed and is due again, or should have been told of by now."""
    work.sweep_several(tasks.process_events, InboundEvent)
    work.sweep(tasks.fulfil, Fulfilment)
    work.sweep(tasks.send_refund, Refund)


@shared_task(ignore_result=True)
def ask_providers() -> None:
    actions.settle_what_waits()
    actions.hear_what_is_due()
    actions.tell_of_trials_that_end()


SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-money": {
        "task": "billing.schedule.sweep_money",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "ask-providers": {
        "task": "billing.schedule.ask_providers",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    **sandbox.SCHEDULE,
}
