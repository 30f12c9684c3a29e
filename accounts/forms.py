"""The forms of the pages: our words and fields, allauth's checks.

What may be in a field of `/settings/` is said by `accounts.profiles` and `accounts.addresses`.
"""

from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import actions, addresses, postal
from accounts.models import LONGEST_ABOUT, LONGEST_DISPLAY_NAME, Address, Status, User
from accounts.presence import AUTOMATIC
from accounts.profiles import CLEANED, shown_phone, time_zones
from core.errors import Invalid
from core.forms import RefusableForm
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


STATUSES = [(AUTOMATIC, _("As I am: absent when I have not moved for a while")), *Status.choices]


class ProfileForm(RefusableForm):
    display_name = forms.CharField(
        label=_("Display name"),
        required=False,
        widget=forms.TextInput({"maxlength": LONGEST_DISPLAY_NAME, "autocomplete": "name", "dir": "auto"}),
        help_text=_("Shown beside your username. Empty: only the username is shown."),
    )
    about = forms.CharField(
        label=_("About you"),
        required=False,
        widget=forms.Textarea({"rows": 4, "maxlength": LONGEST_ABOUT, "dir": "auto"}),
        help_text=_("Everybody can read this on your page. **bold**, *italic*, lists and links work."),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "dir": "ltr"}),
        help_text=_("With the country's number, as +49 30 901820. Nobody else sees it."),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        widget=forms.TextInput({"list": "time-zones", "autocomplete": "off", "dir": "ltr", "spellcheck": "false"}),
        help_text=_("Begin to type the nearest large city. Empty: your device's; mails are in UTC then."),
    )
    status = forms.ChoiceField(label=_("Status"), choices=STATUSES)

    def __init__(self, data: Any = None, *, person: User) -> None:
        initial = {name: getattr(person, name) for name in CLEANED}
        initial |= {"phone": shown_phone(person.phone), "status": person.status or AUTOMATIC}
        super().__init__(data, initial=initial)
        self.fields["language"].choices = [("", _("As the browser asks")), *settings.LANGUAGES]  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean(self) -> None:
        for name, clean_one in CLEANED.items():
            try:
                self.cleaned_data[name] = clean_one(self.cleaned_data.get(name, ""))
            except Invalid as invalid:
                self.refuse(invalid)

    @property
    def changes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in CLEANED}


class AvatarForm(forms.Form):
    """iPhones keep pictures as HEIC, and send a JPEG where a page accepts that and no HEIC."""

    avatar = forms.FileField(
        label=_("Picture"),
        error_messages={"required": _("Please choose a picture first."), "empty": _("This file is empty.")},
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"}),
    )

    def clean_avatar(self) -> Any:
        """Django keeps what is large on disk until here."""
        sent = self.cleaned_data["avatar"]
        if sent.size > settings.AVATAR_BYTES:
            most = {"most": settings.AVATAR_BYTES // 1024 // 1024}
            raise forms.ValidationError(_("This file is too large: %(most)d MB are the most.") % most)
        return sent


class AddressForm(RefusableForm):
    """Its fields are those that the chosen country's addresses have, in the order in which they are written there."""

    type = forms.ChoiceField(label=_("Kind"), choices=Address.Type.choices)
    country = forms.ChoiceField(label=_("Country"), widget=forms.Select({"autocomplete": "country"}))
    name = forms.CharField(label=_("Name"), widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}))
    company = forms.CharField(
        label=_("Company"),
        required=False,
        widget=forms.TextInput({"autocomplete": "organization", "dir": "auto"}),
    )

    def __init__(self, data: Any = None, *, country: str, initial: dict[str, Any], may_be_first: bool = True) -> None:
        super().__init__(data, initial=initial)
        self.fields["country"].choices = [("", _("Please choose")), *postal.countries()]  # type: ignore[attr-defined]  # it is a ChoiceField
        for part in postal.parts_of(country) if country else ():
            self.fields[part.name] = _field_of(part)
        self.fields["phone"] = forms.CharField(
            label=_("Phone"),
            required=False,
            widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "dir": "ltr"}),
            help_text=_("For the courier, with the country's number."),
        )
        if may_be_first:
            self.fields["default"] = forms.BooleanField(label=_("Use this one first"), required=False)
        for name, longest in addresses.LONGEST.items():
            if name in self.fields:
                self.fields[name].widget.attrs.setdefault("maxlength", longest)

    def clean(self) -> None:
        try:
            self.values = addresses.clean({name: self.cleaned_data.get(name, "") for name in addresses.FIELDS})
        except Invalid as invalid:
            already = set(self.errors)
            fields = {name: said for name, said in (invalid.fields or {}).items() if name not in already}
            if fields:
                self.refuse(Invalid(fields=fields))


_AUTOCOMPLETE = {
    "city": "address-level2",
    "region": "address-level1",
    "district": "address-level3",
    "postal_code": "postal-code",
    "lines": "street-address",
}


def _field_of(part: postal.Part) -> forms.Field:
    attributes = {"autocomplete": _AUTOCOMPLETE[part.name], "dir": "auto"}
    if part.choices:
        return forms.ChoiceField(
            label=str(part.label),
            required=part.required,
            choices=[("", _("Please choose")), *part.choices],
            widget=forms.Select(attributes),
        )
    widget = forms.Textarea({**attributes, "rows": 2}) if part.name == "lines" else forms.TextInput(attributes)
    help_text = _("As %(example)s.") % {"example": part.example} if part.example else ""
    return forms.CharField(label=str(part.label), required=part.required, widget=widget, help_text=help_text)


def known_time_zones() -> list[str]:
    return sorted(time_zones())


class DeletionForm(forms.Form):
    password = _password_field(_("Your password"))
    sure = forms.BooleanField(
        label=_("Yes, delete my account and everything that is mine alone"),
        error_messages={"required": _("Please tick this if you are sure.")},
    )
