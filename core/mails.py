"""Mail: a row in the same transaction as its cause, a job after the commit, and a sweep for what the job left.

Nothing is sent inside a request, and no network is touched inside a transaction.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from kombu.exceptions import OperationalError

from core import languages
from core.models import Mail

log = structlog.get_logger(__name__)

# Longer than a try can take (EMAIL_TIMEOUT per step of the SMTP talk): after it whoever tried counts as dead.
CLAIM = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT, LAST_ATTEMPT = 30, 3600, 30


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
    transaction.on_commit(lambda: start_sending(mail.pk))
    return mail


def start_sending(mail_id: int) -> None:
    """Ask a worker to send it. Without a broker the row waits for the sweep; whoever caused the mail does not."""
    from core.tasks import send_mail

    try:
        send_mail.apply_async((mail_id,), retry=False)
    except (OperationalError, OSError) as down:
        log.warning("mail_waits_for_the_sweep", mail=mail_id, because=str(down))


def try_again(mail: Mail) -> bool:
    """Send one that was given up, after the commit. False if it is sent or still being tried."""
    given_up = Mail.objects.filter(pk=mail.pk, due_at=None, sent_at=None)
    if not given_up.update(due_at=timezone.now(), attempts=0):
        return False
    transaction.on_commit(lambda: start_sending(mail.pk))
    return True


def deliver(mail_id: int) -> None:
    """Send it if it is due. A try that dies with its process is repeated once the claim has lapsed."""
    now = timezone.now()
    claimed = Mail.objects.due(now).filter(pk=mail_id).update(due_at=now + CLAIM, attempts=F("attempts") + 1)
    if not claimed:
        return
    mail = Mail.objects.get(pk=mail_id)
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
