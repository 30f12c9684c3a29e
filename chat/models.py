"""Messages: the rows of a channel's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import MadeFile, MadeFileQuerySet
from rooms import policies
from rooms.models import Channel, Member

if TYPE_CHECKING:
    from chat.transcript import Transcript
    from rooms.callers import Caller


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, caller: Caller) -> Self:
        """In the channels that the caller is in, and only from their joining on. Says nothing of the room's end."""
        seats = Member.objects.present().of(caller).filter(space=models.OuterRef("channel__space"))
        return self.filter(
            models.Exists(seats.filter(from_seq__lt=models.OuterRef("seq"))), channel__space__swept_at=None
        )

    def seen_from(self, seat: Member) -> Self:
        return self.filter(seq__gt=seat.from_seq).shown()

    def shown(self) -> Self:
        """With all that `payloads.message` needs."""
        named = models.Prefetch("mentions", Mention.objects.select_related("member").order_by("pk"), "mentioned")
        return self.select_related("author__user").prefetch_related(named)


class Message(models.Model):
    """`seq` counts the channel's messages without gaps and never changes; `rev` is the channel's `head` at the
    message's last change. `body_hash` is of the first body: the same nonce with the same body is the same message."""

    # Three constraints begin with the channel; one more index would only cost each message.
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="messages", db_index=False)
    seq = models.PositiveBigIntegerField()
    rev = models.PositiveBigIntegerField()
    author = models.ForeignKey(Member, models.PROTECT, related_name="messages", verbose_name=_("author"))
    nonce = models.CharField(max_length=64)
    body_hash = models.BinaryField(max_length=16)
    body = models.TextField(_("text"), blank=True)
    # Of a line that the place itself says: `{"code": "banned", "names": ["charlie"]}`; `body` has it in English.
    notice = models.JSONField(null=True)
    created_at = models.DateTimeField(_("said"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    mentioned: list[Mention]  # of `shown`, and of what was just written

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("message"), _("messages")
        constraints = [
            models.UniqueConstraint(fields=["channel", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["channel", "rev"], name="message_rev"),
            models.UniqueConstraint(fields=["channel", "author", "nonce"], name="message_nonce"),
            models.CheckConstraint(condition=Q(seq__gte=1, rev__gte=F("seq")), name="message_rev_covers_seq"),
            models.CheckConstraint(condition=Q(deleted_at__isnull=True) | Q(body=""), name="message_deleted_is_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.seq}"


class ReadState(models.Model):
    """How far a member has read a channel. Unread is `last_seq - read_seq`; without a row it is the `from_seq`."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    read_seq = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "member"], name="readstate_once")]

    def __str__(self) -> str:
        return f"{self.member_id} to {self.read_seq}"


class Mention(models.Model):
    """Somebody was named in a message, with an @. Edits may add and remove them."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField(help_text="The message's: whoever has read that far has seen it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "member"], name="mention_once")]
        indexes = [models.Index(fields=["member", "channel", "seq"], name="mention_unread")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.message_id}"


class TranscriptFileQuerySet(MadeFileQuerySet["TranscriptFile"]):
    def visible_to(self, caller: Caller) -> Self:
        """To who asked for it and may still read all that is in it: from a seat that they have, and did not come back
        to later. Staff's own of whole rooms, while they are staff. Until the sweep."""
        seats = Member.objects.present().of(caller)
        mine = Q(models.Exists(seats.filter(pk=models.OuterRef("member"), from_seq__lte=models.OuterRef("from_seq"))))
        if policies.is_staff(caller):
            mine |= Q(member=None, user=caller.user)
        return self.filter(mine, channel__space__swept_at=None)

    def asked_by(self, caller: Caller, transcript: Transcript) -> Self:
        if transcript.seat is not None:
            return self.filter(member=transcript.seat)
        return self.filter(member=None, user=caller.user, channel=transcript.channel)

    def just_as(self, transcript: Transcript) -> Self:
        """Made of exactly this: nothing was said or changed since."""
        return self.filter(
            channel=transcript.channel,
            from_seq=transcript.from_seq,
            last_seq=transcript.last_seq,
            head=transcript.head,
            language=transcript.language,
            time_zone=transcript.time_zone,
        )


class TranscriptFile(MadeFile):
    """A long transcript as PDF, for one member; for staff of a whole room, then without a member."""

    FOLDER, SUFFIX = "transcripts", ".pdf"

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")  # NULL: a guest
    from_seq = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField()
    head = models.PositiveBigIntegerField(help_text="The channel's, when it was asked for.")
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64)

    objects = TranscriptFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(state__in=MadeFile.UNDER_WAY), name="transcript_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["user", "channel"],
                condition=Q(state__in=MadeFile.UNDER_WAY, member=None),
                name="transcript_one_at_a_time_whole",
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False) | Q(user__isnull=False), name="transcript_is_somebodys"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} for {self.member_id or self.user_id}"
