"""Input and output of the calls about oneself and other people."""

from typing import Any

from rest_framework import serializers

from accounts.models import Address, Status
from accounts.presence import AUTOMATIC, OFFLINE
from accounts.profiles import clean_about, clean_display_name, clean_language, clean_phone, clean_time_zone
from core.api import InputSerializer
from core.fields import CleanedField


class ProfileInput(InputSerializer):
    """Only what is sent is changed."""

    display_name = CleanedField(clean_display_name, required=False, help_text="Empty: the username is shown.")
    about = CleanedField(clean_about, required=False, help_text="Markdown, up to 500 characters.")
    phone = CleanedField(clean_phone, required=False, help_text="As +49 30 901820; kept as E.164.")
    language = CleanedField(clean_language, required=False, help_text="Empty: as the browser asks.")
    time_zone = CleanedField(clean_time_zone, required=False, help_text="IANA name. Empty: UTC.")


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    username = serializers.CharField()
    name = serializers.CharField(help_text="The display name, else the username.")
    avatar = serializers.CharField(allow_null=True, help_text="Path of the picture, 96 pixels square.")
    about = serializers.CharField(help_text="Markdown, as it was written.")
    about_html = serializers.CharField(help_text="The same, sanitised.")
    status = serializers.ChoiceField(choices=[*Status.values, OFFLINE])
    joined_at = serializers.DateTimeField()


class MeSerializer(PersonSerializer):
    display_name = serializers.CharField()
    email = serializers.CharField(help_text="Empty until one is confirmed.")
    email_pending = serializers.EmailField(required=False, help_text="Waits for its confirmation.")
    phone = serializers.CharField(help_text="E.164, or empty.")
    language = serializers.CharField()
    time_zone = serializers.CharField()
    status_choice = serializers.ChoiceField(choices=[*Status.values, AUTOMATIC])
    erase_at = serializers.DateTimeField(allow_null=True, help_text="When the account will be deleted.")


class AvatarInput(serializers.Serializer[Any]):
    avatar = serializers.FileField()


class AvatarSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["none", "processing", "done", "failed"])
    progress = serializers.IntegerField(help_text="Percent.")
    avatar = serializers.CharField(allow_null=True)
    detail = serializers.CharField(required=False, help_text="A sentence for people, if it failed.")
    status_url = serializers.CharField(required=False, help_text="Where to ask again.")


class AddressSerializer(serializers.Serializer[Any]):
    """As input all but the parts that its country requires may be missing; `docs` of the country are its own post's."""

    id = serializers.CharField(read_only=True)
    type = serializers.ChoiceField(choices=Address.Type.choices)
    name = serializers.CharField(max_length=80)
    company = serializers.CharField(max_length=80, required=False)
    lines = serializers.ListField(child=serializers.CharField(), max_length=3)
    district = serializers.CharField(max_length=80, required=False)
    city = serializers.CharField(max_length=80, required=False)
    region = serializers.CharField(max_length=80, required=False)
    postal_code = serializers.CharField(max_length=20, required=False)
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    phone = serializers.CharField(required=False, help_text="E.164.")
    default = serializers.BooleanField(required=False, help_text="Exactly one is; it can only be given, not taken.")


class AddressPageSerializer(serializers.Serializer[Any]):
    results = AddressSerializer(many=True)
    next = serializers.CharField(allow_null=True)
