"""allauth's forms, ending in our actions."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.core.validators import MaxLengthValidator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import actions
from core.errors import Invalid
from core.network import client_ip

LONGEST_LOGIN, LONGEST_PASSWORD = 254, 1000
_PASSWORDS = (("password", LONGEST_PASSWORD), ("password1", LONGEST_PASSWORD))


def _limit_lengths(form: Form) -> None:
    """allauth's fields take anything; columns and hashing do not."""
    for name, longest in (("login", LONGEST_LOGIN), ("email", LONGEST_LOGIN), *_PASSWORDS):
        if name in form.fields:
            form.fields[name].validators.append(MaxLengthValidator(longest))


class SignInForm(forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _limit_lengths(self)


class SignUpForm(forms.SignupForm):
    """Checks input for the page and for the API. Whether the e-mail address is known is for the action alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        _limit_lengths(self)

    @classmethod
    def read(cls, *, username: str, email: str, password: str) -> dict[str, str]:
        """The checked input of `actions.register`. Raises Invalid."""
        form = cls({"username": username, "email": email, "password1": password})
        if not form.is_valid():
            wrong = {"password" if name == "password1" else name: list(said) for name, said in form.errors.items()}
            raise Invalid(fields=wrong)
        return form.checked()

    def checked(self) -> dict[str, str]:
        data = self.cleaned_data
        return {"username": data["username"], "email": data["email"], "password": data["password1"]}

    def validate_unique_email(self, value: str) -> str:
        return value

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        actions.register(**self.checked(), address=client_ip(request))
        return None, get_adapter().respond_email_verification_sent(request, None)


class ResetPasswordForm(forms.ResetPasswordForm):
    def clean_email(self) -> str:
        return self.cleaned_data["email"]

    def save(self, request: HttpRequest, **kwargs: Any) -> str:  # noqa: ARG002 - allauth's signature
        email = self.cleaned_data["email"]
        actions.ask_password_reset(email=email, address=client_ip(request))
        return email


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):
    def save(self) -> None:
        key = f"{user_pk_to_url_str(self.user)}-{self.temp_key}"
        actions.reset_password(key=key, password=self.cleaned_data["password1"])
