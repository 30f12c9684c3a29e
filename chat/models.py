"""Messages: the rows of a channel's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from rooms.models import Channel, Member

if TYPE_CHECKING:
    from rooms.callers import Caller


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, caller: Caller) -> Self:
        """In the channels that the caller is in, and only from their joining on. Says nothing of the room's end."""
        seats = Member.objects.present().of(caller).filter(space=models.OuterRef("channel__space"))
        return self.filter(
            models.Exists(seats.filter(from_seq__lt=models.OuterRef("seq"))), channel__space__swept_at=None
        )

    def seen_from(self, seat: Member) -> Self:
        return self.filter(seq__gt=seat.from_seq).select_related("author__user")


class Message(models.Model):
    """`seq` counts the channel's messages without gaps and never changes; `rev` is the channel's `head` at the
    message's last change. `body_hash` is of the first body: the same nonce with the same body is the same message."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="messages")
    seq = models.PositiveBigIntegerField()
    rev = models.PositiveBigIntegerField()
    author = models.ForeignKey(Member, models.PROTECT, related_name="messages")
    nonce = models.CharField(max_length=64)
    body_hash = models.BinaryField(max_length=16)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
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
