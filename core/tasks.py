from celery import shared_task

from core import mails


@shared_task(ignore_result=True)
def send_mail(mail_id: int) -> None:
    """May run twice: only what is due is sent."""
    mails.deliver(mail_id)
