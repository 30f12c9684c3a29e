"""Over REST: wanting to hear nothing from somebody."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ErrorSerializer
from rooms import actions
from rooms.callers import Caller
from rooms.doors import person_named

REFUSALS = dict.fromkeys((401, 404, 409, 429), ErrorSerializer)


class PersonBlocked(APIView):
    @extend_schema(operation_id="people_block", request=None, responses={204: None, **REFUSALS})
    def put(self, request: Request, username: str) -> Response:
        """Neither can write to the other in their conversation any more. They are not told. Again changes nothing."""
        by = Caller.of(request).require_user()
        actions.block_person(by=by, of=person_named(username))
        return Response(status=204)

    @extend_schema(operation_id="people_unblock", request=None, responses={204: None, **REFUSALS})
    def delete(self, request: Request, username: str) -> Response:
        """Also of somebody whose account is closed."""
        by = Caller.of(request).require_user()
        actions.unblock_person(by=by, of=person_named(username, closed=True))
        return Response(status=204)
