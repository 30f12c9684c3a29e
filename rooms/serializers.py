"""Input of the API, and the shapes that the schema shows."""

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import InputSerializer
from core.errors import NotFound
from core.fields import CleanedField
from core.ids import parse_id
from core.names import clean_name


def _name(maximum: int) -> CleanedField:
    """Checked here as the action checks it: one answer then names every wrong field."""
    clean = partial(clean_name, field="name", minimum=2, maximum=maximum)
    return CleanedField(clean, help_text=f"2 to {maximum} characters.")


class CreateRoom(InputSerializer):
    name = _name(40)
    nickname = _name(30)
    password = serializers.CharField(
        max_length=128, required=False, allow_blank=True, allow_null=True, trim_whitespace=False
    )


class JoinRoom(InputSerializer):
    """Text is enough here: who is banned hears so whatever the nickname."""

    nickname = serializers.CharField(allow_blank=True, trim_whitespace=False, help_text="2 to 30 characters.")
    password = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, allow_null=True, trim_whitespace=False
    )


@extend_schema_field(OpenApiTypes.STR)
class MemberIdField(serializers.Field[Any, Any, Any, Any]):
    """An id as clients send it. What cannot be one is a wrong field here, not something missing."""

    def to_internal_value(self, data: Any) -> int:
        try:
            return parse_id(data)
        except NotFound:
            raise serializers.ValidationError(_("This is no member of the room.")) from None

    def to_representation(self, value: Any) -> Any:
        return value


class LeaveRoom(InputSerializer):
    to = MemberIdField(required=False, allow_null=True, help_text="The member who looks after the room from now on.")


class HandOver(InputSerializer):
    member = serializers.CharField(max_length=19, help_text="The member who looks after the room from now on.")


class MemberShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    nickname = serializers.CharField()
    name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    kind = serializers.CharField(help_text="member, guest, character, bot or system")
    status = serializers.CharField(allow_null=True)
    role = serializers.CharField(help_text="owner or member")
    state = serializers.CharField(help_text="active, blocked, banned or left")
    joined_at = serializers.DateTimeField()


class RoomShape(serializers.Serializer[Any]):
    """A stranger sees only name, slug, private and expires_at of a private room."""

    id = serializers.CharField(required=False)
    slug = serializers.CharField()
    name = serializers.CharField()
    private = serializers.BooleanField()
    channel = serializers.CharField(required=False)
    expires_at = serializers.DateTimeField()
    members = serializers.IntegerField(required=False)


class RoomPage(serializers.Serializer[Any]):
    results = RoomShape(many=True)
    next = serializers.CharField(allow_null=True)


class Joined(serializers.Serializer[Any]):
    channel = serializers.CharField()
    member = MemberShape()
    guest_token = serializers.CharField(required=False)


class MemberPage(serializers.Serializer[Any]):
    results = MemberShape(many=True)
    next = serializers.CharField(allow_null=True)
