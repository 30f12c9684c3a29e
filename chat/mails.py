"""Every mail about what was said."""

from django.urls import reverse

from chat.models import TranscriptFile
from core.mails import public_link, queue_mail


def send_transcript_ready(row: TranscriptFile) -> None:
    """To who asked for it, and has an address."""
    assert row.user is not None  # noqa: S101 - the caller's promise
    link = public_link(reverse("transcripts:transcript", args=[row.pk]))
    queue_mail(
        to=row.user.email,
        name="chat/transcript_ready",
        context={"person": row.user, "place": row.channel.space.name, "until": row.expires_at},
        link=link,
        language=row.language,
        time_zone=row.time_zone,
    )
