"""Mail: a row in the same transaction as its cause, a job after the commit, and a sweep for what the job left.

A job takes several, one after another: to start a job for each costs more than most mails do.

Nothing is sent inside a request, and no network is touched inside a transaction.
"""

import time
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from core import languages, work
from core.models import Mail

log = structlog.get_logger(__name__)

# Longer than a try can take (EMAIL_TIMEOUT per step of the SMTP talk): after it whoever tried counts as dead.
CLAIM = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT, LAST_ATTEMPT = 30, 3600, 30
AT_ONCE, AT_ONCE_SECONDS = 10, 2  # what one job sends, and after how long it leaves the rest to others


def public_link(path: str) -> str:
    """A full address on this Plaza. From a setting: a forged Host header must not get into a mail."""
    return f"{settings.PUBLIC_URL}{path}"


def queue_mail(
    *,
    to: str,
    name: str,
    context: dict[str, Any],
    key: str = "",
    link: str = "",
    language: str = "",
    time_zone: str = "",
) -> Mail:
    """Render `<app>/mail/<name>.{subject.txt,txt,html}` (`name` is `<app>/<name>`) and have it sent after the commit.

    `key` and `link` are in the templates too; beside the text they serve the `/dev/mail/` pages. `language` and
    `time_zone` are the reader's; without a language it is that of whoever caused the mail, mostly the same person.
    """
    app, _, template = name.partition("/")
    values = {**context, "key": key, "link": link, "plaza_public_url": settings.PUBLIC_URL}
    with languages.spoken_to(language, time_zone):
        subject, text, html = (
            render_to_string(f"{app}/mail/{template}.{part}", values).strip() for part in ("subject.txt", "txt", "html")
        )
    mail = Mail.objects.create(
        to=to, name=name, subject=" ".join(subject.split()), text=text, html=html, key=key, link=link
    )
    start_sending()
    return mail


def start_sending() -> None:
    """Ask a worker to send what is due, once this transaction is committed. Without a broker it waits for the sweep;
    whoever caused the mail does not."""
    from core.tasks import send_mails

    work.wake(send_mails)


def try_again(mail: Mail) -> bool:
    """Send one that was given up, after the commit. False if it is sent or still being tried."""
    given_up = Mail.objects.filter(pk=mail.pk, due_at=None, sent_at=None)
    if not given_up.update(due_at=timezone.now(), attempts=0):
        return False
    start_sending()
    return True


def deliver() -> None:
    """Send some of what is due; the next worker is called for the rest. As often as one likes."""
    until = time.monotonic() + AT_ONCE_SECONDS
    due = list(Mail.objects.due(timezone.now()).order_by("due_at")[: AT_ONCE + 1])
    for number, mail in enumerate(due):
        if number == AT_ONCE or time.monotonic() > until:
            start_sending()
            return
        try:
            _deliver(mail)
        except Exception:  # whatever is wrong with this one: the others are sent, and this one is tried after its claim
            log.exception("mail_failed", mail=mail.pk)


def _deliver(mail: Mail) -> None:
    """Unless somebody else has it by now. A try that dies with its process is repeated once the claim has lapsed."""
    mine = Mail.objects.filter(pk=mail.pk, due_at=mail.due_at)
    if not mine.update(due_at=timezone.now() + CLAIM, attempts=F("attempts") + 1):
        return
    mail.attempts += 1
    try:
        _hand_to_transport(mail)
    except _refusals() as refused:
        _try_later(mail, refused)
    else:
        _mark_sent(mail)


def _refusals() -> tuple[type[Exception], ...]:
    """What a transport raises when it did not take a mail. Asked once it has raised: anymail brings much with it."""
    common = (OSError, ValueError)  # smtplib's errors are OSErrors; ValueError: an unusable address
    if not settings.EMAIL_PROVIDER:
        return common
    from anymail.exceptions import AnymailError

    return (*common, AnymailError)


def _hand_to_transport(mail: Mail) -> None:
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to])
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()


def _try_later(mail: Mail, refused: Exception) -> None:
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mail.attempts - 1, 10))
    due_at = timezone.now() + timedelta(seconds=wait) if mail.attempts < LAST_ATTEMPT else None
    error = f"{type(refused).__name__}: {refused}"[:200]
    _note(mail, due_at=due_at, last_error=error)
    log.warning("mail_not_sent", mail=mail.pk, attempts=mail.attempts, error=error)


def _mark_sent(mail: Mail) -> None:
    secrets = {} if settings.DEMO else dict.fromkeys(("text", "html", "key", "link"), "")  # /dev/mail/ shows them
    _note(mail, due_at=None, sent_at=timezone.now(), last_error="", **secrets)


def _note(mail: Mail, **changed: Any) -> None:
    """The row may be gone by now: with the account of whom it was for."""
    Mail.objects.filter(pk=mail.pk).update(**changed)
