"""Input of the API, and the shapes that the schema shows."""

from typing import Any

from rest_framework import serializers

from chat import text
from core.api import InputSerializer
from core.fields import CleanedField


class EditMessage(InputSerializer):
    body = CleanedField(text.clean_body, help_text="1 to 4,000 characters after trimming.")


class PostMessage(EditMessage):
    nonce = CleanedField(text.clean_nonce, help_text="Yours, new for each message: sending again is harmless.")


class AuthorShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The member's id.")
    name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    kind = serializers.CharField(help_text="member, guest, character, bot or system")


class MessageShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    channel = serializers.CharField()
    seq = serializers.IntegerField()
    rev = serializers.IntegerField()
    author = AuthorShape()
    body = serializers.CharField()
    html = serializers.CharField()
    reply_to = serializers.CharField(allow_null=True)
    attachments = serializers.ListField(child=serializers.DictField())
    reactions = serializers.ListField(child=serializers.DictField())
    embeds = serializers.ListField(child=serializers.DictField())
    nonce = serializers.CharField(required=False, help_text="Only to the author.")
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)


class MessagePage(serializers.Serializer[Any]):
    results = MessageShape(many=True)
    next = serializers.CharField(allow_null=True)
    more = serializers.BooleanField()
    head = serializers.IntegerField()
    last_seq = serializers.IntegerField()
