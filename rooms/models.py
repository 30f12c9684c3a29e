"""Places: a space has channels and members. A fly-away room is a space with one channel and an end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from rooms.callers import Caller


class SpaceQuerySet(models.QuerySet["Space"]):
    def living(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), swept_at=None)

    def unswept(self) -> Self:
        return self.filter(swept_at=None)

    def visible_to(self, caller: Caller) -> Self:
        """Rooms are reached by their address, but for whom they banned. What a stranger sees of a private one is
        little; `payloads.room` decides. A conversation is there for its people alone."""
        unbarred = self.unswept().exclude(pk__in=Member.objects.banned_seats_of(caller).values("space"))
        own = Member.objects.present().of(caller).values("space")
        return unbarred.filter(~Q(kind=Space.Kind.DIRECT) | Q(pk__in=own))

    def cut_off(self) -> Self:
        """Conversations of two in which nobody can say anything: one has blocked the other, or an account is closed."""
        both = {"by__memberships__space": OuterRef("pk"), "of__memberships__space": OuterRef("pk")}
        closed = Member.objects.filter(space=OuterRef("pk"), user__is_active=False)
        return self.filter(Exists(PersonBlock.objects.filter(**both)) | Exists(closed), pair__isnull=False)

    def listed_for(self, caller: Caller) -> Self:
        return self.visible_to(caller).living().filter(kind=Space.Kind.FLYAWAY, private=False).order_by("-pk")

    def with_member_count(self) -> Self:
        present = (
            Member.objects.present().filter(space=OuterRef("pk")).order_by().values("space").annotate(count=Count("pk"))
        )
        return self.annotate(member_count=models.functions.Coalesce(Subquery(present.values("count")), 0))


class Space(models.Model):
    """`name_key` and `name_skeleton` are NULL once another room may take the name."""

    class Kind(models.TextChoices):
        FLYAWAY = "flyaway"
        DIRECT = "direct"  # a conversation of two people or a few; it has no name, no owner and no end

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.FLYAWAY)
    name = models.CharField(max_length=40, blank=True)
    name_key = models.TextField(null=True)  # noqa: DJ001 - NULL, unlike "", is unique many times
    name_skeleton = models.TextField(null=True)  # noqa: DJ001 - the same
    slug = models.CharField(
        _("in its address"), max_length=80, unique=True
    )  # never reused: the row stays when the room has been swept
    private = models.BooleanField(_("private"), default=False)
    password = models.CharField(max_length=128, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="spaces_created", verbose_name=_("opened by")
    )
    created_at = models.DateTimeField(_("opened"), default=timezone.now)
    expires_at = models.DateTimeField(_("flies away"), null=True)
    closed_at = models.DateTimeField(
        _("closed"), null=True
    )  # ended early, by its owner or the staff; `expires_at` is the same instant
    swept_at = models.DateTimeField(_("emptied"), null=True)
    # Of a conversation of two: both primary keys, the smaller first. There is one for each pair.
    pair = models.CharField(max_length=41, null=True, unique=True)  # noqa: DJ001 - NULL is unique many times
    # Rises with every leave, block, ban, role or overwrite change; open sockets are checked again when it has.
    acl_rev = models.PositiveBigIntegerField(default=0)

    objects = SpaceQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("room"), _("rooms")
        constraints = [
            models.UniqueConstraint(fields=["name_key"], condition=Q(name_key__isnull=False), name="space_living_name"),
            models.UniqueConstraint(
                fields=["name_skeleton"], condition=Q(name_skeleton__isnull=False), name="space_living_skeleton"
            ),
            models.CheckConstraint(
                condition=Q(kind="flyaway", expires_at__isnull=False) | ~Q(kind="flyaway"), name="space_flyaway_ends"
            ),
            models.CheckConstraint(condition=Q(kind="direct") | Q(pair__isnull=True), name="space_pairs_are_direct"),
            models.CheckConstraint(
                condition=Q(private=False, password="") | (Q(private=True) & ~Q(password="")),
                name="space_private_has_password",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(swept_at=None), name="space_unswept_end")]

    def __str__(self) -> str:
        return self.name

    def is_living(self, now: datetime | None = None) -> bool:
        return self.swept_at is None and (self.expires_at is None or self.expires_at > (now or timezone.now()))


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, caller: Caller) -> Self:
        """Channels of the spaces that the caller is in, blocked or not, ended or not."""
        return self.filter(space__swept_at=None, space__in=Member.objects.present().of(caller).values("space"))


class Channel(models.Model):
    """A log with two counters, moved in the same UPDATE under which its messages are written.

    `last_seq` counts messages; `head` counts changes of any kind and is the newest message's or change's `rev`.
    """

    class Kind(models.TextChoices):
        TEXT = "text"

    space = models.ForeignKey(Space, models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.TEXT)
    name = models.CharField(max_length=40)
    last_seq = models.PositiveBigIntegerField(default=0)
    head = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(head__gte=F("last_seq")), name="channel_head_covers_messages"),
        ]

    def __str__(self) -> str:
        return self.name


class MemberQuerySet(models.QuerySet["Member"]):
    def present(self) -> Self:
        """Who is in. The seat that the place itself speaks from is nobody's."""
        return self.filter(state__in=PRESENT).exclude(kind=Member.Kind.SYSTEM)

    def of(self, caller: Caller) -> Self:
        """The caller's own seats: a person's by account, a guest's by token."""
        if caller.user is not None:
            return self.filter(user=caller.user)
        return self.filter(pk__in=caller.guest_ids, kind=Member.Kind.GUEST)

    def banned_seats_of(self, caller: Caller) -> Self:
        return self.of(caller).filter(state=Member.State.BANNED)

    def visible_to(self, caller: Caller) -> Self:
        """Everybody present in the spaces that the caller is in."""
        own = Member.objects.present().of(caller)
        return self.present().filter(space__swept_at=None, space__in=own.values("space"))


class Member(models.Model):
    """Somebody's seat in a space. It stays when they leave: their messages and their nickname are still theirs."""

    class Kind(models.TextChoices):
        MEMBER = "member"
        GUEST = "guest"
        CHARACTER = "character"
        BOT = "bot"
        SYSTEM = "system"

    class Role(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"

    class State(models.TextChoices):
        ACTIVE = "active"
        BLOCKED = "blocked"
        BANNED = "banned"
        LEFT = "left"

    space = models.ForeignKey(Space, models.CASCADE, related_name="members")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.MEMBER)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="memberships", verbose_name=_("person")
    )
    nickname = models.CharField(_("nickname"), max_length=30)
    nickname_key = models.TextField()
    nickname_skeleton = models.TextField()
    role = models.CharField(max_length=12, choices=Role, default=Role.MEMBER)
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    from_seq = models.PositiveBigIntegerField(default=0)  # sees messages whose seq is greater
    address_key = models.CharField(max_length=32, blank=True)  # keyed hash: bans bind it, nobody can read it
    muted = models.BooleanField(default=False)  # hears of mentions only
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    left_at = models.DateTimeField(_("left"), null=True)
    blocked_at = models.DateTimeField(_("blocked"), null=True)  # outlives leaving: who comes back is blocked still

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        constraints = [
            models.UniqueConstraint(fields=["space", "user"], condition=Q(user__isnull=False), name="member_once"),
            models.UniqueConstraint(fields=["space", "nickname_key"], name="member_nickname"),
            models.UniqueConstraint(fields=["space", "nickname_skeleton"], name="member_nickname_skeleton"),
            models.UniqueConstraint(fields=["space"], condition=Q(role="owner"), name="member_one_owner"),
            models.UniqueConstraint(fields=["space"], condition=Q(kind="system"), name="member_one_system"),
            models.CheckConstraint(
                condition=Q(kind="member", user__isnull=False) | (~Q(kind="member") & Q(user__isnull=True)),
                name="member_kind_matches_user",
            ),
        ]

    def __str__(self) -> str:
        return self.nickname

    @property
    def is_present(self) -> bool:
        return self.state in PRESENT and self.kind != Member.Kind.SYSTEM


PRESENT = (Member.State.ACTIVE, Member.State.BLOCKED)


class Ban(models.Model):
    """Keeps somebody out of a space until it ends: by account, by nickname, and by address.

    The account and the nickname are the banned member's own; the address is kept as a keyed hash. Without a member it
    is of the address alone: staff did that.
    """

    space = models.ForeignKey(Space, models.CASCADE, related_name="bans")
    member = models.ForeignKey(Member, models.CASCADE, null=True, related_name="bans")
    address_key = models.CharField(max_length=32, blank=True)
    banned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("banned by")
    )
    created_at = models.DateTimeField(_("banned"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("ban"), _("bans")
        constraints = [
            models.UniqueConstraint(fields=["space", "member"], name="ban_once"),
            models.UniqueConstraint(
                fields=["space", "address_key"], condition=Q(member__isnull=True), name="ban_address_once"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False) | ~Q(address_key=""), name="ban_is_of_member_or_address"
            ),
        ]
        indexes = [models.Index(fields=["space", "address_key"], name="ban_by_address")]

    def __str__(self) -> str:
        return str(self.member or _("an address"))


class RoomOpening(models.Model):
    """That somebody opened a fly-away room: what the limit counts, also when the room is long gone.

    `is_free`: the opener was on the Free plan. Only those rooms count for the address, and only for such people.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address_key = models.CharField(max_length=32, blank=True)  # keyed hash; IPv6 by /64
    is_free = models.BooleanField()
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["user", "opened_at"], name="opening_by_user"),
            models.Index(fields=["address_key", "opened_at"], name="opening_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.opened_at}"


class PersonBlockQuerySet(models.QuerySet["PersonBlock"]):
    def between(self, one: int, others: Collection[int]) -> Self:
        """Whoever of them blocked whom."""
        return self.filter(Q(by=one, of__in=others) | Q(by__in=others, of=one))


class PersonBlock(models.Model):
    """`by` wants to hear nothing from `of`: no new conversation, and no word in the one of both."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    of = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = PersonBlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "of"], name="person_block_once"),
            models.CheckConstraint(condition=~Q(by=F("of")), name="person_block_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id} by {self.by_id}"
