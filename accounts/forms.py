"""The forms of the account pages: our words and fields, allauth's checks."""

from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import actions
from core.errors import Invalid
from core.network import client_ip

LONGEST_LOGIN, LONGEST_PASSWORD = 254, 1000
_AS_TYPED = {"autocapitalize": "none", "spellcheck": "false"}


def _password_field(label: Any, *, is_new: bool = False, first: bool = False) -> forms.CharField:
    """With `data-strength` the page shows how good it is while one types (static/js/passwords.js)."""
    attrs: dict[str, Any] = {"autocomplete": "new-password" if is_new else "current-password", "dir": "ltr"}
    if is_new:
        attrs["data-strength"] = True
    if first:
        attrs["autofocus"] = True
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs=attrs),
        validators=[MaxLengthValidator(LONGEST_PASSWORD)],
        help_text=_("At least 8 characters. A few words that only you would put together are best.") if is_new else "",
    )


def _email_field(label: Any, *, first: bool = False) -> forms.EmailField:
    attrs: dict[str, Any] = {"autocomplete": "email", "inputmode": "email", "dir": "ltr", **_AS_TYPED}
    if first:
        attrs["autofocus"] = True
    return forms.EmailField(label=label, max_length=LONGEST_LOGIN, widget=forms.EmailInput(attrs=attrs))


class SignInForm(allauth.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = forms.CharField(
            label=_("Name or e-mail address"),
            max_length=LONGEST_LOGIN,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, **_AS_TYPED}),
        )
        self.fields.update(login=login, password=_password_field(_("Password")))


class SignUpForm(allauth.SignupForm):
    """Checks input for the page and for the API. Whether the e-mail address is known is nobody's business here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = self.fields["username"]  # allauth's has the length and whatever else the model asks for
        username.label = _("Name")
        username.help_text = _("Everybody sees it, and you can sign in with it. Letters, digits and . _ -")
        username.widget = forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": username.max_length, **_AS_TYPED}
        )
        email = _email_field(_("E-mail address"))
        self.fields.update(email=email, password1=_password_field(_("Password"), is_new=True))

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
        request.session[ASKED_EMAIL] = self.cleaned_data["email"]
        return None, get_adapter().respond_email_verification_sent(request, None)


ASKED_EMAIL = "asked_email"  # in the session: what the page that says “look into your mail” offers to send again to


class ActivationForm(forms.Form):
    """Send the activation once more."""

    email = _email_field(_("E-mail address"))


class ResetPasswordForm(forms.Form):
    email = _email_field(_("E-mail address"), first=True)


class ResetPasswordKeyForm(forms.Form):
    password = _password_field(_("New password"), is_new=True, first=True)

    def __init__(self, *args: Any, user: Any = None, temp_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.temp_key = user, temp_key

    def key(self) -> str:
        return f"{user_pk_to_url_str(self.user)}-{self.temp_key}"


class ChangePasswordForm(forms.Form):
    old = _password_field(_("Your password until now"), first=True)
    new = _password_field(_("New password"), is_new=True)


class ChangeEmailForm(forms.Form):
    email = _email_field(_("New e-mail address"))
    password = _password_field(_("Your password"))
