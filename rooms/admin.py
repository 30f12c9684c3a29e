"""The pages of the staff about rooms, their members and bans. Conversations are nobody's business: none is shown."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.staff_pages import Act, ActForm, DaysFilter, StaffPage
from rooms import actions
from rooms.callers import Caller
from rooms.models import Ban, Channel, Member, Space

Lookups = list[tuple[str, Any]]
ROOMS = Space.Kind.FLYAWAY


def _of_room(path: str, room: Space, title: Any) -> SafeString:
    """To a list, as far as it is about this room."""
    name, _dot, query = path.partition("?")
    return format_html('<a href="{}?{}={}">{}</a>', reverse(f"admin:{name}_changelist"), query, room.pk, title)


class StandingFilter(admin.SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("living", _("open")), ("ended", _("ended")), ("closed", _("closed early")), ("swept", _("deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Space]) -> QuerySet[Space]:
        has_ended = Q(expires_at__lte=timezone.now(), swept_at=None)
        rows = {
            "living": Q(expires_at__gt=timezone.now()),
            "ended": has_ended & Q(closed_at=None),
            "closed": has_ended & Q(closed_at__isnull=False),
            "swept": Q(swept_at__isnull=False),
        }.get(self.value() or "")
        return queryset if rows is None else queryset.filter(rows)


class AddressForm(ActForm):
    address = forms.GenericIPAddressField(
        label=_("Address"),
        help_text=_("IPv4 or IPv6. Of IPv6 the whole /64 network counts. To ban where a member came from, go to them."),
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
    )


def _ban_address(room: Space, request: HttpRequest, form: AddressForm) -> None:
    actions.ban_address(caller=Caller.of(request), space=room, address=form.cleaned_data["address"])


@admin.register(Space)
class RoomPage(StaffPage):
    list_display = ("shown_name", "standing", "private", "owner", "people", "said", "created_at", "expires_at")
    list_filter = (StandingFilter, "private", ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("name", "slug", "created_by__username", "members__nickname")
    search_help_text = _("Name, address, who opened it, or who is in it")
    ordering = ("-pk",)
    fields = (
        *("shown_name", "slug", "stands", "private", "created_by", "owner", "people", "said", "created_at"),
        *("expires_at", "closed_at", "swept_at", "lists"),
    )
    readonly_fields = ("shown_name", "stands", "owner", "people", "said", "lists")
    acts = (
        Act(
            name="close",
            fits=lambda room: room.is_living(),
            label=_("Close"),
            done=_("Closed: %(names)s"),
            run=lambda room, request: actions.close_room(caller=Caller.of(request), slug=room.slug),
            question=_("Everybody is out at once, and nobody can write there any more. This cannot be undone."),
            icon="door_front",
        ),
        Act(
            name="ban_address",
            fits=lambda room: room.is_living(),
            label=_("Ban an address"),
            done=_("Nobody joins from there any more: %(names)s"),
            run=_ban_address,
            question=_("Guests and people who are not in yet cannot join from that address. Who is in stays in."),
            form=AddressForm,
            icon="wifi_off",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Space]:
        owner = Member.objects.filter(space=OuterRef("pk"), role=Member.Role.OWNER).values("nickname")
        said = Channel.objects.filter(space=OuterRef("pk")).order_by().values("space").annotate(said=Sum("last_seq"))
        rooms = Space.objects.filter(kind=ROOMS).with_member_count().select_related("created_by")
        return rooms.annotate(owner_name=Subquery(owner[:1]), said_count=Subquery(said.values("said")))

    @display(description=_("name"), ordering="name")
    def shown_name(self, room: Space) -> str:
        return room.name or room.slug

    @display(
        description=_("standing"),
        label={"living": "success", "ended": "warning", "closed": "warning", "swept": "danger"},
    )
    def standing(self, room: Space) -> tuple[str, Any]:
        if room.swept_at is not None:
            return "swept", _("deleted")
        if room.is_living():
            return "living", _("open")
        return ("closed", _("closed early")) if room.closed_at else ("ended", _("ended"))

    @display(description=_("looked after by"), ordering="owner_name")
    def owner(self, room: Any) -> str | None:
        found: str | None = room.owner_name
        return found

    @display(description=_("people"), ordering="member_count")
    def people(self, room: Any) -> int:
        return int(room.member_count)

    @display(description=_("messages"), ordering="said_count")
    def said(self, room: Any) -> int:
        return room.said_count or 0

    @display(description=_("more"))
    def lists(self, room: Space) -> SafeString:
        return format_html(
            "{} · {} · {}",
            _of_room("rooms_member?space__id__exact", room, _("Members")),
            _of_room("rooms_ban?space__id__exact", room, _("Bans")),
            _of_room("chat_message?channel__space__id__exact", room, _("Messages")),
        )


_LOOKS = {"active": "success", "blocked": "warning", "banned": "danger", "left": "info"}
_STATES = {"active": _("in"), "blocked": _("may not write"), "banned": _("banned"), "left": _("left")}
_KINDS = {"member": _("person"), "guest": _("guest"), "character": _("character"), "bot": _("bot")}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return list(_STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        return queryset.filter(state=self.value()) if self.value() in _STATES else queryset


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("member", _("person")), ("guest", _("guest"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        return queryset.filter(kind=self.value()) if self.value() in _KINDS else queryset


def _act(action: Any) -> Any:
    return lambda member, request: action(caller=Caller.of(request), member=member)


class RoomRowsPage(StaffPage):
    """Rows of rooms, which a room's own page leads to."""

    room_lookup = "space__id__exact"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == self.room_lookup or super().lookup_allowed(lookup, value, request)

    @display(description=_("room"))
    def room(self, row: Any) -> str:
        return str(row.space.name or row.space.slug)


@admin.register(Member)
class MemberPage(RoomRowsPage):
    list_display = ("nickname", "user", "room", "standing", "kind_of", "role_there", "joined_at", "left_at")
    list_filter = (StateFilter, KindFilter)
    search_fields = ("nickname", "user__username", "space__name", "space__slug")
    search_help_text = _("Nickname, username, or the room's name or address")
    ordering = ("-pk",)
    fields = (*("nickname", "user", "room", "stands", "kind_of", "role_there", "joined_at", "left_at", "blocked_at"),)
    readonly_fields = ("room", "stands", "kind_of", "role_there")
    acts = (
        Act(
            name="block",
            fits=lambda member: member.blocked_at is None and member.state != Member.State.BANNED,
            label=_("Block"),
            done=_("Blocked: %(names)s"),
            run=_act(actions.block_member),
            icon="speaker_notes_off",
        ),
        Act(
            name="unblock",
            fits=lambda member: member.blocked_at is not None and member.state != Member.State.BANNED,
            label=_("Unblock"),
            done=_("Unblocked: %(names)s"),
            run=_act(actions.unblock_member),
            icon="speaker_notes",
        ),
        Act(
            name="ban",
            fits=lambda member: member.state != Member.State.BANNED,
            label=_("Ban"),
            done=_("Banned: %(names)s"),
            run=_act(actions.ban_member),
            question=_("They are out at once and cannot come back while the room lives: by account, name and address."),
            icon="block",
        ),
        Act(
            name="unban",
            fits=lambda member: member.state == Member.State.BANNED,
            label=_("Unban"),
            done=_("They may come back: %(names)s"),
            run=_act(actions.unban_member),
            icon="undo",
        ),
        Act(
            name="ban_address",
            fits=lambda member: member.address_key != "",
            label=_("Ban their address"),
            done=_("Nobody joins any more from where they came: %(names)s"),
            run=lambda member, request: actions.ban_address(caller=Caller.of(request), space=member.space, of=member),
            question=_("Guests and people who are not in yet cannot join from there. Who is in stays in, they too."),
            icon="wifi_off",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        seats = Member.objects.filter(space__kind=ROOMS).exclude(kind=Member.Kind.SYSTEM)
        return seats.select_related("user", "space")

    @display(description=_("state"), label=_LOOKS, ordering="state")
    def standing(self, member: Member) -> tuple[str, Any]:
        return member.state, _STATES[member.state]

    @display(description=_("kind"), ordering="kind")
    def kind_of(self, member: Member) -> Any:
        return _KINDS.get(member.kind, member.kind)

    @display(description=_("role"), ordering="role")
    def role_there(self, member: Member) -> Any:
        return _("looks after the room") if member.role == Member.Role.OWNER else None


@admin.register(Ban)
class BanPage(RoomRowsPage):
    """Where somebody comes from is kept as a keyed hash. Not even that is shown."""

    list_display = ("who", "room", "banned_by", "created_at")
    list_filter = (("created_at", DaysFilter),)
    list_filter_submit = True
    search_fields = ("member__nickname", "space__name", "space__slug", "banned_by__username")
    search_help_text = _("Who is banned, from where, or by whom")
    ordering = ("-pk",)
    fields = ("who", "room", "banned_by", "created_at")
    readonly_fields = ("who", "room")
    acts = (
        Act(
            name="lift",
            label=_("Lift"),
            done=_("Lifted: %(names)s"),
            run=lambda ban, request: actions.lift_ban(caller=Caller.of(request), ban=ban),
            icon="undo",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ban]:
        return Ban.objects.filter(space__kind=ROOMS).select_related("member", "space", "banned_by")

    @display(description=_("who"), ordering="member__nickname")
    def who(self, ban: Ban) -> str:
        return str(ban)
