"""What the clock starts in the chat."""

from datetime import timedelta

from celery import shared_task

from chat import actions, tasks
from chat.models import TranscriptFile
from core import work

SWEEP_SECONDS = 10


@shared_task(ignore_result=True)
def sweep_transcripts() -> None:
    work.sweep(tasks.make_transcript, TranscriptFile)


@shared_task(ignore_result=True)
def throw_away_transcripts() -> None:
    actions.throw_away_old_transcripts()


SCHEDULE = {
    "sweep-transcripts": {
        "task": "chat.schedule.sweep_transcripts",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "throw-away-transcripts": {"task": "chat.schedule.throw_away_transcripts", "schedule": timedelta(minutes=10)},
}
