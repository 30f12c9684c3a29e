"""Input and output of the account calls."""

from typing import Any

from rest_framework import serializers

from accounts.forms import LONGEST_LOGIN, LONGEST_PASSWORD
from accounts.models import Status
from accounts.presence import AUTOMATIC
from core.api import InputSerializer

_LONGEST_KEY, _LONGEST_TOKEN = 300, 2000


def _password() -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True)


class RegisterInput(InputSerializer):
    username = serializers.CharField(max_length=100, help_text="2 to 30 letters, digits and the signs . _ -")
    email = serializers.CharField(max_length=LONGEST_LOGIN)
    password = _password()


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
