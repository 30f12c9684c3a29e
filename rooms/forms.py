"""The forms of the room pages. What a name may be is checked by the action; its refusal lands on the field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import RefusableForm
from rooms.models import Member, MemberQuerySet, Space

# Which field a refusal belongs to.
_FIELDS = {"room_name_taken": "name", "nickname_taken": "nickname", "wrong_password": "password"}
_GONE = {"invalid_choice": _("They are not in the room any more, or may not look after it. Please choose again.")}


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


class HandOverForm(RefusableForm):
    field_of = {"cannot_own": "member"}

    member = forms.ModelChoiceField(
        label=_("Who looks after the room from now on?"),
        queryset=Member.objects.none(),
        empty_label=_("Choose somebody"),
        error_messages=_GONE,
    )

    def __init__(self, *args: Any, others: MemberQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = others  # type: ignore[attr-defined]  # that kind of field has one


class LeaveForm(RefusableForm):
    field_of = {"cannot_own": "to"}

    to = forms.ModelChoiceField(
        label=_("Who looks after the room then?"),
        queryset=Member.objects.none(),
        required=False,
        empty_label=_("Whoever has been here longest"),
        error_messages=_GONE,
    )

    def __init__(self, *args: Any, others: MemberQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = others  # type: ignore[attr-defined]  # the same
