"""The forms of the room pages. What a name may be is checked by the action; its refusal lands on the field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import RefusableForm
from rooms.models import Space

# Which field a refusal belongs to.
_FIELDS = {"room_name_taken": "name", "nickname_taken": "nickname", "wrong_password": "password"}


class CreateRoomForm(RefusableForm):
    field_of = _FIELDS

    name = forms.CharField(label=_("Room name"), min_length=2, max_length=40)
    nickname = forms.CharField(label=_("Your nickname in it"), min_length=2, max_length=30)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=128,
        strip=False,
        help_text=_("With a password the room is private: it is not listed, and only those who know it come in."),
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )


class JoinRoomForm(RefusableForm):
    field_of = _FIELDS

    nickname = forms.CharField(label=_("Your nickname"), min_length=2, max_length=30)
    password = forms.CharField(
        label=_("Room password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not space.private:
            del self.fields["password"]
