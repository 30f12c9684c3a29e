"""Slow work that an action leaves behind. Each may run twice: `core.work`."""

from celery import shared_task

from chat import actions
from core.jobs import in_own_process


@shared_task(ignore_result=True)
def make_transcript(transcript_id: int) -> None:
    if not in_own_process(make_transcript, transcript_id):
        actions.make_transcript(transcript_id=transcript_id)
