"""Web push over JSON: the key that a browser subscribes with, and its subscription."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.doors import person_of
from accounts.push_input import LONGEST_ENDPOINT, clean_auth, clean_endpoint, clean_p256dh
from core import push
from core.api import ErrorSerializer, InputSerializer
from core.fields import CleanedField

_REFUSED = dict.fromkeys((400, 401, 403, 429), ErrorSerializer)


class PushKeys(serializers.Serializer[Any]):
    p256dh = CleanedField(clean_p256dh, help_text="65 bytes, base64url.")
    auth = CleanedField(clean_auth, help_text="16 bytes, base64url.")


class EndpointInput(InputSerializer):
    endpoint = CleanedField(clean_endpoint, help_text=f"An https address of at most {LONGEST_ENDPOINT} characters.")


class SubscriptionInput(EndpointInput):
    """As `PushSubscription.toJSON()` gives it; what else is in there is ignored."""

    keys = PushKeys()


class PushKeySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="`applicationServerKey`: a point on P-256, base64url.")


class PushKeyView(APIView):
    @extend_schema(operation_id="push_key", responses={200: PushKeySerializer, 429: ErrorSerializer})
    def get(self, request: Request) -> Response:
        """What a browser subscribes with. One that holds a subscription with another key has to make a new one."""
        return Response({"key": push.public_key()})


class PushSubscriptionView(APIView):
    @extend_schema(operation_id="subscribe_to_push", request=SubscriptionInput, responses={204: None, **_REFUSED})
    def put(self, request: Request) -> Response:
        """This browser wants notifications. Again is harmless. At most ten browsers: a new one replaces the oldest."""
        person = person_of(request)
        given = SubscriptionInput.read(request.data)
        agent = request._request.headers.get("User-Agent", "")
        actions.subscribe_to_push(user=person, endpoint=given["endpoint"], **given["keys"], user_agent=agent)
        return Response(status=204)

    @extend_schema(operation_id="unsubscribe_from_push", request=EndpointInput, responses={204: None, **_REFUSED})
    def delete(self, request: Request) -> Response:
        """It wants none any more. 204 also if it had none."""
        person = person_of(request)
        actions.unsubscribe_from_push(user=person, endpoint=EndpointInput.read(request.data)["endpoint"])
        return Response(status=204)
