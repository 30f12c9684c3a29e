"""The page of the staff about messages, and the act that takes along all that was said in a room."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from chat import actions
from chat.doors import as_pdf, as_text, whole_transcript
from chat.models import Message, TranscriptFile
from core.staff_pages import Act, DaysFilter, StaffPage, add_act
from rooms.actions import note_export
from rooms.callers import Caller
from rooms.models import Space


@admin.register(Message)
class MessagePage(StaffPage):
    """What was said in rooms. Conversations are nobody's business."""

    list_display = ("said", "author", "room", "standing", "created_at")
    list_filter = (("created_at", DaysFilter),)
    list_filter_submit = True
    search_fields = ("channel__space__name", "channel__space__slug", "author__nickname", "body")
    search_help_text = _("The room's name or address, who said it, or words of it")
    ordering = ("-pk",)
    fields = ("body", "author", "room", "stands", "created_at", "edited_at", "deleted_at")
    readonly_fields = ("room", "stands")
    acts = (
        Act(
            name="delete",
            fits=lambda message: message.deleted_at is None,
            label=_("Delete"),
            done=_("Deleted: %(names)s"),
            run=lambda message, request: actions.remove_message(caller=Caller.of(request), message_id=message.pk),
            question=_("It disappears for everyone in the room. This cannot be undone."),
            icon="delete",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        rows = Message.objects.filter(channel__space__kind=Space.Kind.FLYAWAY)
        return rows.select_related("author", "channel__space")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """What a room's own page leads to."""
        return lookup == "channel__space__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("message"))
    def said(self, message: Message) -> str:
        return Truncator(message.body).chars(80) or "—"

    @display(description=_("room"))
    def room(self, message: Message) -> str:
        return message.channel.space.name

    @display(description=_("state"), label={"deleted": "danger", "edited": "info", "said": "success"})
    def standing(self, message: Message) -> tuple[str, Any]:
        if message.deleted_at is not None:
            return "deleted", _("deleted")
        return ("edited", _("edited")) if message.edited_at is not None else ("said", _("as it was said"))


def _export(room: Space, request: HttpRequest) -> StreamingHttpResponse:
    transcript = whole_transcript(room)
    note_export(caller=Caller.of(request), space=room)
    return as_text(request, transcript)


def _export_pdf(room: Space, request: HttpRequest) -> HttpResponseBase:
    caller, transcript = Caller.of(request), whole_transcript(room)
    note_export(caller=caller, space=room)
    made = as_pdf(request, caller, transcript)
    return redirect("transcripts:transcript", made.pk) if isinstance(made, TranscriptFile) else made


add_act(
    "rooms.space",
    Act(
        name="export_pdf",
        fits=lambda room: room.swept_at is None,
        label=_("Export what was said, as PDF"),
        done=_("Exported: %(names)s"),
        run=_export_pdf,
        one_only=True,
        icon="picture_as_pdf",
    ),
)
add_act(
    "rooms.space",
    Act(
        name="export",
        fits=lambda room: room.swept_at is None,
        label=_("Export what was said, as text"),
        done=_("Exported: %(names)s"),
        run=_export,
        one_only=True,
        icon="download",
    ),
)
