from celery import shared_task

from core import mails


@shared_task(ignore_result=True)
def send_mails() -> None:
    """May run twice: each that is due is sent by one of them."""
    mails.deliver()
