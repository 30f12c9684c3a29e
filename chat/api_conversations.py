"""Conversations over REST."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import conversations
from chat.doors import visible_conversation
from chat.serializers import ConversationPage, ConversationShape, MuteInput, StartConversation
from core.api import ErrorSerializer, next_address, whole_numbers
from core.ids import parse_id
from rooms import actions
from rooms.callers import Caller

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 429), ErrorSerializer)


class ConversationList(APIView):
    @extend_schema(
        operation_id="conversations_list",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: ConversationPage, **dict.fromkeys((400, 401, 429), ErrorSerializer)},
    )
    def get(self, request: Request) -> Response:
        """Those that one is in, the latest message first; without what one has put away."""
        caller = Caller.of(request)
        caller.require_user()
        limit = whole_numbers(request.query_params, limit=(1, 100))["limit"] or 50
        rows, cursor = conversations.listed(caller), request.query_params.get("cursor")
        if cursor is not None:
            rows = conversations.after(rows, cursor)
        found = list(rows[: limit + 1])
        page = found[:limit]
        following = next_address(request, cursor=conversations.cursor_of(page[-1])) if len(found) > limit else None
        return Response({"results": conversations.shapes(page), "next": following})

    @extend_schema(
        operation_id="conversations_start",
        request=StartConversation,
        responses={201: ConversationShape, 200: ConversationShape, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """With one other person the conversation of both: 200 if it was there. With more of them a new one."""
        caller = Caller.of(request)
        caller.require_user()
        started = actions.start_conversation(caller=caller, **StartConversation.read(request.data))
        shown = conversations.payload(caller, started.space)
        return Response(shown, status=201 if started.created else 200)


class ConversationLeave(APIView):
    @extend_schema(operation_id="conversations_leave", request=None, responses={204: None, **REFUSALS})
    def post(self, request: Request, conversation: str) -> Response:
        """Out of a group. A conversation of two is put away until the next message."""
        caller = Caller.of(request)
        space = visible_conversation(caller, pk=parse_id(conversation))
        actions.leave_conversation(caller=caller, space=space)
        return Response(status=204)


class ConversationMute(APIView):
    @extend_schema(operation_id="conversations_mute", request=MuteInput, responses={200: ConversationShape, **REFUSALS})
    def put(self, request: Request, conversation: str) -> Response:
        """Muted: one hears of mentions only."""
        caller = Caller.of(request)
        space = visible_conversation(caller, pk=parse_id(conversation))
        actions.mute_conversation(caller=caller, space=space, **MuteInput.read(request.data))
        return Response(conversations.payload(caller, space))


class ConversationPeople(APIView):
    @extend_schema(
        operation_id="conversations_add_people",
        request=StartConversation,
        responses={200: ConversationShape, **REFUSALS},
    )
    def post(self, request: Request, conversation: str) -> Response:
        """To a group, by anybody in it; they see what is said from then on."""
        caller = Caller.of(request)
        space = visible_conversation(caller, pk=parse_id(conversation))
        actions.add_people(caller=caller, space=space, **StartConversation.read(request.data))
        return Response(conversations.payload(caller, space))
