"""Input of the API, and the shapes that the schema shows."""

from typing import Any

from rest_framework import serializers

from chat import text
from core.api import InputSerializer
from core.fields import CleanedField
from core.models import SHOWN_STATES
from rooms.actions import MOST_OTHERS


class EditMessage(InputSerializer):
    body = CleanedField(text.clean_body, help_text="1 to 4,000 characters after trimming.")


class PostMessage(EditMessage):
    nonce = CleanedField(text.clean_nonce, help_text="Yours, new for each message: sending again is harmless.")


class AuthorShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The member's id.")
    name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    kind = serializers.CharField(help_text="member, guest, character, bot or system")


class NoticeShape(serializers.Serializer[Any]):
    """Of a line that the place itself says."""

    code = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())


class MentionShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The member's id.")
    name = serializers.CharField(help_text="Their nickname now; in the body it stands as somebody typed it.")


class MessageShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    channel = serializers.CharField()
    seq = serializers.IntegerField()
    rev = serializers.IntegerField()
    author = AuthorShape()
    body = serializers.CharField()
    html = serializers.CharField()
    notice = NoticeShape(allow_null=True)
    mentions = MentionShape(many=True)
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


class TranscriptLater(serializers.Serializer[Any]):
    status_url = serializers.URLField(help_text="Where to ask how far it is.")


class TranscriptShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=SHOWN_STATES, help_text="`gone`: thrown away.")
    progress = serializers.IntegerField(help_text="Percent.")
    size = serializers.IntegerField(help_text="Bytes, once it is done.")
    url = serializers.URLField(allow_null=True, help_text="Of the PDF, once it is done.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until then it can be downloaded.")


class ReadInput(InputSerializer):
    seq = serializers.IntegerField(min_value=0, max_value=2**53 - 1)


class ReadShape(serializers.Serializer[Any]):
    read_seq = serializers.IntegerField()
    unread = serializers.IntegerField()
    mentions = serializers.IntegerField()


class PlaceSpace(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField(help_text="Empty for a conversation.")
    kind = serializers.CharField(help_text="flyaway or direct")
    private = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)


class PlacePerson(AuthorShape):
    username = serializers.CharField(allow_null=True)


class ShortMessage(serializers.Serializer[Any]):
    id = serializers.CharField()
    seq = serializers.IntegerField()
    author = AuthorShape()
    body = serializers.CharField(help_text="Its first 200 characters.")
    notice = NoticeShape(allow_null=True)
    created_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True)


class PlaceShape(serializers.Serializer[Any]):
    channel = serializers.CharField()
    space = PlaceSpace()
    people = PlacePerson(many=True, help_text="Of a conversation: everybody else in it. Else empty.")
    unread = serializers.IntegerField()
    mentions = serializers.IntegerField(help_text="Unread messages that name the caller.")
    muted = serializers.BooleanField()
    last_message = ShortMessage(allow_null=True)


class PlaceList(serializers.Serializer[Any]):
    results = PlaceShape(many=True)


class StartConversation(InputSerializer):
    people = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=MOST_OTHERS,
        min_length=1,
        help_text="Usernames or ids of the others. Write @ before a username that is a number.",
    )


class MuteInput(InputSerializer):
    muted = serializers.BooleanField()


class ConversationPerson(PlacePerson):
    status = serializers.CharField(help_text="online, busy, absent or offline")


class ConversationShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField(help_text="Its page is /conversations/<slug>/.")
    channel = serializers.CharField()
    group = serializers.BooleanField(help_text="False: of two, once for each pair.")
    people = ConversationPerson(many=True, help_text="Everybody else in it.")
    last_message = ShortMessage(allow_null=True)
    unread = serializers.IntegerField()
    mentions = serializers.IntegerField()
    muted = serializers.BooleanField()


class ConversationPage(serializers.Serializer[Any]):
    results = ConversationShape(many=True)
    next = serializers.CharField(allow_null=True)
