"""Rooms over REST, for whoever looks after one: its people, who looks after it next, and its end."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rooms import actions, payloads
from rooms.api import REFUSALS
from rooms.callers import Caller
from rooms.doors import member_of_own_room, own_room
from rooms.models import Member
from rooms.serializers import HandOver, MemberShape


def _shown(member: Member) -> Response:
    (shown,) = payloads.members([member])
    return Response(shown)


def _described(operation_id: str) -> Any:
    described = extend_schema(operation_id=operation_id, request=None, responses={200: MemberShape, **REFUSALS})
    return extend_schema_view(post=described)


class MemberAct(APIView):
    """Of the room's owner, and of staff. Doing it again changes nothing."""

    acts: ClassVar = {
        "block": actions.block_member,
        "unblock": actions.unblock_member,
        "ban": actions.ban_member,
        "unban": actions.unban_member,
    }
    act = ""

    def post(self, request: Request, slug: str, member: str) -> Response:
        caller = Caller.of(request)
        found = member_of_own_room(caller, slug, member)
        return _shown(self.acts[self.act](caller=caller, member=found))


@_described("rooms_members_block")
class MemberBlock(MemberAct):
    """They read, but may not write."""

    act = "block"


@_described("rooms_members_unblock")
class MemberUnblock(MemberAct):
    """They may write again."""

    act = "unblock"


@_described("rooms_members_ban")
class MemberBan(MemberAct):
    """Out at once, and kept out: by account, nickname and address."""

    act = "ban"


@_described("rooms_members_unban")
class MemberUnban(MemberAct):
    """They may come back."""

    act = "unban"


class RoomHandOver(APIView):
    @extend_schema(request=HandOver, responses={200: MemberShape, **REFUSALS})
    def post(self, request: Request, slug: str) -> Response:
        """That member looks after the room from now on; who did so before is a member like others."""
        caller = Caller.of(request)
        own_room(caller, slug)  # for strangers there is nothing here, whatever they send
        member = member_of_own_room(caller, slug, HandOver.read(request.data)["member"])
        return _shown(actions.hand_over(caller=caller, member=member))


class RoomClose(APIView):
    @extend_schema(request=None, responses={204: None, **REFUSALS})
    def post(self, request: Request, slug: str) -> Response:
        """Its time is up now. Everybody is out, and the name is free."""
        caller = Caller.of(request)
        actions.close_room(caller=caller, slug=own_room(caller, slug).slug)
        return Response(status=204)
