"""Oneself, one's picture and addresses, and other people, over JSON: the same actions as the pages."""

import time
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions, addresses
from accounts.doors import avatar_state, own_address, person_of, public_person
from accounts.models import Address, User
from accounts.parsers import AvatarFormParser, BytesParser, PictureParser
from accounts.payloads import address_payload, own_payload, public_payload
from accounts.presence import statuses
from accounts.serializers import (
    AddressPageSerializer,
    AddressSerializer,
    AvatarInput,
    AvatarSerializer,
    MeSerializer,
    PersonSerializer,
    ProfileInput,
    StatusInput,
    StatusSerializer,
)
from core.api import ErrorSerializer
from core.errors import Invalid, TooLarge

_REFUSED = {400: ErrorSerializer, 401: ErrorSerializer, 403: ErrorSerializer, 429: ErrorSerializer}
_MISSING = {**_REFUSED, 404: ErrorSerializer}
_ASK_AGAIN_SECONDS = 0.05


class MeView(APIView):
    @extend_schema(operation_id="me", responses={200: MeSerializer, **_REFUSED})
    def get(self, request: Request) -> Response:
        """Who one is."""
        return Response(_me(person_of(request)))

    @extend_schema(operation_id="change_me", request=ProfileInput, responses={200: MeSerializer, **_REFUSED})
    def patch(self, request: Request) -> Response:
        """Change any of these; what is not sent stays, what is not known is ignored."""
        person = person_of(request)
        return Response(_me(actions.change_profile(user=person, changes=ProfileInput.read(request.data))))


class StatusView(APIView):
    @extend_schema(
        operation_id="set_status",
        request=StatusInput,
        responses={200: StatusSerializer, 413: ErrorSerializer, **_REFUSED},
    )
    def put(self, request: Request) -> Response:
        """What one is shown as while connected, on every device, until one chooses again; `auto` chooses nothing."""
        user = person_of(request)
        chosen = StatusInput.read(request.data)["status"]
        actions.set_status(user=user, status=chosen)
        return Response({"status": chosen})


class PersonView(APIView):
    @extend_schema(
        operation_id="person",
        responses={200: PersonSerializer, 404: ErrorSerializer, 401: ErrorSerializer, 429: ErrorSerializer},
    )
    def get(self, request: Request, username: str) -> Response:
        """What everybody may know about somebody, by any spelling of the username."""
        person = public_person(username)
        return Response(public_payload(person, status=statuses([person])[person.pk]))


class AvatarView(APIView):
    parser_classes = [AvatarFormParser, PictureParser, BytesParser]

    @extend_schema(operation_id="avatar", responses={200: AvatarSerializer, **_REFUSED})
    def get(self, request: Request) -> Response:
        """How the picture that was sent last is getting on."""
        return Response(avatar_state(person_of(request)))

    @extend_schema(
        operation_id="send_avatar",
        request={"multipart/form-data": AvatarInput, "image/*": bytes},
        responses={200: MeSerializer, 202: AvatarSerializer, 413: ErrorSerializer, **_REFUSED},
    )
    def put(self, request: Request) -> Response:
        """A new picture. 200 if it is ready within a moment, else 202 with where to ask."""
        person = person_of(request)
        actions.upload_avatar(user=person, content=_sent_picture(request))
        state = _wait_for(person)
        if state["state"] == "failed":
            raise Invalid(fields={"avatar": state["detail"]})
        if state["state"] == "processing":
            return Response({**state, "status_url": reverse("api_me_avatar")}, status=202)
        person.refresh_from_db()
        return Response(_me(person))

    @extend_schema(operation_id="remove_avatar", responses={204: None, **_REFUSED})
    def delete(self, request: Request) -> Response:
        """No picture: initials are shown. 204 also if there was none."""
        actions.remove_avatar(person_of(request))
        return Response(status=204)


class AddressesView(APIView):
    @extend_schema(operation_id="addresses", responses={200: AddressPageSerializer, **_REFUSED})
    def get(self, request: Request) -> Response:
        """One's addresses, at most twenty: the one to use first, then the newest."""
        found = Address.objects.filter(user=person_of(request)).order_by("-is_default", "-pk")
        return Response({"results": [address_payload(address) for address in found], "next": None})

    @extend_schema(
        operation_id="add_address",
        request=AddressSerializer,
        responses={201: AddressSerializer, 409: ErrorSerializer, **_REFUSED},
    )
    def post(self, request: Request) -> Response:
        """A new one. Which parts it needs is a matter of its country; it is one's own home unless said otherwise."""
        person = person_of(request)
        values, first = _sent_address(request, {"type": Address.Type.HOME.value, "name": person.public_name})
        return Response(address_payload(actions.add_address(user=person, values=values, first=first)), status=201)


class AddressView(APIView):
    @extend_schema(operation_id="address", responses={200: AddressSerializer, **_MISSING})
    def get(self, request: Request, address_id: str) -> Response:
        return Response(address_payload(own_address(person_of(request), address_id)))

    @extend_schema(
        operation_id="change_address", request=AddressSerializer, responses={200: AddressSerializer, **_MISSING}
    )
    def patch(self, request: Request, address_id: str) -> Response:
        """Change some of it. `default: true` makes it the one to use first; to unmake it, make another one that."""
        address = own_address(person_of(request), address_id)
        now = {name: getattr(address, name) for name in addresses.FIELDS}
        values, first = _sent_address(request, now, is_first=address.is_default)
        return Response(address_payload(actions.change_address(address=address, values=values, first=first)))

    @extend_schema(operation_id="remove_address", responses={204: None, **_MISSING})
    def delete(self, request: Request, address_id: str) -> Response:
        """After the first one the newest of the others comes first."""
        actions.remove_address(address=own_address(person_of(request), address_id))
        return Response(status=204)


def _me(person: User) -> dict[str, Any]:
    waiting = actions.waiting_email(person)
    pending = waiting.email if waiting else None
    return own_payload(person, status=statuses([person])[person.pk], email_pending=pending)


def _sent_picture(request: Request) -> bytes:
    data = request.data
    sent = data.get("avatar") if hasattr(data, "get") else None
    if sent is None or isinstance(sent, str):
        raise Invalid(fields={"avatar": _("Please choose a picture first.")})
    if sent.size > settings.AVATAR_BYTES:
        raise TooLarge
    content: bytes = sent.read()
    return content


def _wait_for(person: User) -> dict[str, Any]:
    """Until the worker is done, or it takes too long to wait for."""
    until = time.monotonic() + settings.AVATAR_WAIT
    while (state := avatar_state(person))["state"] == "processing" and time.monotonic() < until:
        time.sleep(_ASK_AGAIN_SECONDS)
    return state


def _sent_address(request: Request, now: dict[str, str], *, is_first: bool = False) -> tuple[dict[str, str], bool]:
    """Checked values, what is not sent being as it is `now`; and whether it shall be the first one."""
    sent = request.data
    if not isinstance(sent, dict):
        raise Invalid
    wrong: dict[str, Any] = {}
    first = sent.get("default", is_first)
    if not isinstance(first, bool):
        wrong["default"] = _("This is true or false.")
    elif is_first and not first:
        wrong["default"] = _("One of your addresses has to be the first one. Please make another one that.")
    try:
        values = addresses.clean({**now, **sent})
    except Invalid as invalid:
        wrong |= invalid.fields or {}
    if wrong:
        raise Invalid(fields=wrong)
    return values, first
