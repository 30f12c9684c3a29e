"""Messages over REST: the same calls as the gateway's."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import actions, history, payloads, unread
from chat.errors import NotYet
from chat.serializers import EditMessage, MessagePage, MessageShape, PlaceList, PostMessage, ReadInput, ReadShape
from core.api import LARGEST_ID, ErrorSerializer, next_address, whole_numbers
from core.errors import Invalid, NotAuthenticated
from core.ids import parse_id
from core.rates import take
from rooms.callers import Caller

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 410, 429), ErrorSerializer)


class ChannelMessages(APIView):
    @extend_schema(
        parameters=[OpenApiParameter(name, int) for name in ("before", "changed_after", "limit")],
        responses={200: MessagePage, **REFUSALS},
    )
    def get(self, request: Request, channel: str) -> Response:
        """`before`: messages with a smaller seq, newest first. `changed_after`: those with a greater rev, by rev."""
        asked = whole_numbers(
            request.query_params, limit=(1, 100), before=(0, LARGEST_ID), changed_after=(0, LARGEST_ID)
        )
        limit, before, after = asked["limit"] or 50, asked["before"], asked["changed_after"]
        if before is not None and after is not None:
            raise Invalid(fields={name: _("Ask for one of the two.") for name in ("before", "changed_after")})
        found = history.position(Caller.of(request), parse_id(channel))
        if after is not None:
            page, key, along = history.changes(int(channel), found.seat, after, limit), "rev", "changed_after"
        else:
            page, key, along = history.before(int(channel), found.seat, before, limit), "seq", "before"
        following = next_address(request, **{along: page.messages[-1][key]}) if page.more else None
        counters = {"head": found.state.head, "last_seq": found.last_seq}
        return Response({"results": page.messages, "next": following, "more": page.more, **counters})

    @extend_schema(request=PostMessage, responses={201: MessageShape, 200: MessageShape, **REFUSALS})
    def post(self, request: Request, channel: str) -> Response:
        """201, or 200 with the first result when this nonce was sent before."""
        if isinstance(request.data, dict) and (request.data.get("reply_to") or request.data.get("attachments")):
            raise NotYet
        given = PostMessage.read(request.data)
        caller = Caller.of(request)
        found = history.position(caller, parse_id(channel))
        take("SENDS", caller.key)
        posted = actions.post_message(actions.Draft(int(channel), found.seat.pk, given["nonce"], given["body"]))
        shown = payloads.message(posted.message, reader=found.seat.pk)
        return Response(shown, status=201 if posted.created else 200)


class MessageDetail(APIView):
    @extend_schema(request=EditMessage, responses={200: MessageShape, **REFUSALS})
    def patch(self, request: Request, message: str) -> Response:
        body = EditMessage.read(request.data)["body"]
        changed = actions.edit_message(caller=Caller.of(request), message_id=parse_id(message), body=body)
        return Response(payloads.message(changed, reader=changed.author_id))

    @extend_schema(responses={200: MessageShape, **REFUSALS})
    def delete(self, request: Request, message: str) -> Response:
        changed = actions.delete_message(caller=Caller.of(request), message_id=parse_id(message))
        return Response(payloads.message(changed))


class ChannelRead(APIView):
    @extend_schema(request=ReadInput, responses={200: ReadShape, **REFUSALS})
    def put(self, request: Request, channel: str) -> Response:
        """Everything up to this `seq` has been read. Further than the last message is the last; back is nothing."""
        seq = ReadInput.read(request.data)["seq"]
        standing = actions.mark_read(caller=Caller.of(request), channel_id=parse_id(channel), seq=seq)
        return Response(standing.shown())


class Unread(APIView):
    @extend_schema(operation_id="unread", responses={200: PlaceList, 401: ErrorSerializer, 429: ErrorSerializer})
    def get(self, request: Request) -> Response:
        """The living places that one is in, and how much of each is unread. Where something happened last comes
        first; 200 are the most."""
        caller = Caller.of(request)
        if caller.user is None and not caller.guest_ids:
            raise NotAuthenticated
        return Response({"results": unread.places(caller)})
