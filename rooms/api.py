"""Rooms over REST."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AccessCookieAuthentication, BearerAuthentication, SessionAuthentication
from core.api import ErrorSerializer, cursor_page
from rooms import actions, payloads
from rooms.authentication import GuestCookieOrStranger
from rooms.callers import Caller, guest_token
from rooms.doors import listed_members, visible_room, with_guest_cookie
from rooms.models import Member, Space
from rooms.serializers import CreateRoom, Joined, JoinRoom, LeaveRoom, MemberPage, RoomPage, RoomShape

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 410, 429), ErrorSerializer)
ANYBODY: Any = [{}, {"bearer": []}, {"session": []}, {"guest": []}]  # as OpenAPI writes "none needed"
CURSOR = [OpenApiParameter("cursor", str), OpenApiParameter("limit", int)]


def _shown(space: Any) -> dict[str, Any]:
    """`space` comes from a queryset `with_member_count()` and its channels."""
    return payloads.room(space, space.channels.all()[0], space.member_count)


class RoomList(APIView):
    @extend_schema(
        operation_id="rooms_list",
        parameters=CURSOR,
        responses={200: RoomPage, 400: ErrorSerializer, 429: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        """Living public rooms, newest first."""
        rooms = Space.objects.listed_for(Caller.of(request)).with_member_count().prefetch_related("channels")
        return cursor_page(request, rooms, _shown)

    @extend_schema(request=CreateRoom, responses={201: RoomShape, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Open a fly-away room; with a password it is private: not listed, reached by its address."""
        given = CreateRoom.read(request.data)
        given["password"] = given.get("password") or ""
        seated = actions.create_room(caller=Caller.of(request), **given)
        return Response(payloads.room(seated.space, seated.channel, 1), status=201)


class RoomDetail(APIView):
    @extend_schema(responses={200: RoomShape, **REFUSALS})
    def get(self, request: Request, slug: str) -> Response:
        caller = Caller.of(request)
        space = visible_room(caller, slug)
        if space.private and not Member.objects.present().of(caller).filter(space=space).exists():
            return Response(payloads.closed_room(space))
        return Response(_shown(space))


class RoomJoin(APIView):
    authentication_classes = (
        BearerAuthentication,
        SessionAuthentication,
        AccessCookieAuthentication,
        GuestCookieOrStranger,
    )

    @extend_schema(request=JoinRoom, responses={200: Joined, **REFUSALS}, auth=ANYBODY)
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Join as the signed-in person; without sign-in as a guest, who gets a token for this room alone."""
        given = JoinRoom.read(request.data)
        given["password"] = given.get("password") or ""
        seated = actions.join_room(caller=Caller.of(request), slug=slug, **given)
        (member,) = payloads.members([seated.member])
        answer: dict[str, Any] = {"channel": str(seated.channel.pk), "member": member}
        if seated.member.kind != Member.Kind.GUEST:
            return Response(answer)
        token = guest_token(seated.member, seated.space)
        return with_guest_cookie(Response({**answer, "guest_token": token}), seated.space, token)


class RoomLeave(APIView):
    @extend_schema(request=LeaveRoom, responses={204: None, **REFUSALS})
    def post(self, request: Request, slug: str) -> Response:
        """`to` is for the owner: who looks after the room from now on. Without it, who has been in longest."""
        actions.leave_room(caller=Caller.of(request), slug=slug, **LeaveRoom.read(request.data))
        return Response(status=204)


class RoomMembers(APIView):
    @extend_schema(
        parameters=[*CURSOR, OpenApiParameter("state", str, enum=["banned"])], responses={200: MemberPage, **REFUSALS}
    )
    def get(self, request: Request, slug: str) -> Response:
        """Who is in, for those who are in. The room's owner and staff see the banned too: with `state` them alone."""
        members = listed_members(Caller.of(request), slug, request.query_params.get("state"))
        return cursor_page(request, members, shape_all=payloads.members)
