"""Input and output of the calls."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.forms import LONGEST_LOGIN, LONGEST_PASSWORD, SignUpForm
from accounts.models import Address, Status
from accounts.presence import AUTOMATIC, OFFLINE
from accounts.profiles import clean_about, clean_display_name, clean_language, clean_phone, clean_time_zone
from core.api import InputSerializer
from core.errors import Invalid
from core.fields import CleanedField
from core.models import SHOWN_STATES

_LONGEST_KEY, _LONGEST_TOKEN = 300, 2000


def _password() -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True)


class RegisterInput(InputSerializer):
    username = serializers.CharField(max_length=100, help_text="2 to 30 letters, digits and the signs . _ -")
    email = serializers.CharField(max_length=LONGEST_LOGIN)
    password = _password()

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """As the page checks it. All that is wrong is named, also where one part is missing."""
        shape = cls(data=data)
        wrong = {} if shape.is_valid() else {name: said for name, said in shape.errors.items() if name in shape.fields}
        if not isinstance(data, Mapping):
            raise Invalid
        try:
            checked = SignUpForm.read(**{str(name): "" if name in wrong else str(data[name]) for name in shape.fields})
        except Invalid as invalid:
            raise Invalid(fields={**(invalid.fields or {}), **wrong}) from invalid
        return checked


class KeyInput(InputSerializer):
    key = serializers.CharField(max_length=_LONGEST_KEY, help_text="From the mail.")


class EmailInput(InputSerializer):
    email = serializers.EmailField(max_length=LONGEST_LOGIN)


class ResetInput(KeyInput):
    password = _password()


class SignInInput(InputSerializer):
    login = serializers.CharField(max_length=LONGEST_LOGIN, help_text="Username or e-mail address.")
    password = _password()


class PasswordInput(InputSerializer):
    old = _password()
    new = _password()


class RefreshInput(InputSerializer):
    refresh = serializers.CharField(max_length=_LONGEST_TOKEN)


class RevokeInput(InputSerializer):
    refresh = serializers.CharField(max_length=_LONGEST_TOKEN, required=False)


class DetailSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="A sentence for people.")


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For `Authorization: Bearer`.")
    refresh = serializers.CharField(help_text="Good once, for new tokens.")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token runs out.")


class StatusInput(InputSerializer):
    status = serializers.ChoiceField(choices=[*Status.values, AUTOMATIC])


class StatusSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="What was chosen: online, busy, absent or auto.")


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
    name = serializers.CharField(max_length=80, required=False, help_text="Whom it is for: oneself, unless it is said.")
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


class ExportSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=SHOWN_STATES, help_text="`gone`: thrown away.")
    progress = serializers.IntegerField(help_text="Percent.")
    size = serializers.IntegerField(help_text="Bytes, once it is done.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until then it can be downloaded.")


class ExportPageSerializer(serializers.Serializer[Any]):
    results = ExportSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class DeletionInput(InputSerializer):
    password = _password()


class DeletionSerializer(serializers.Serializer[Any]):
    erase_at = serializers.DateTimeField()
