"""The forms of the chat: the composer without JavaScript, and whom a conversation is with."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from chat import text
from core.errors import Invalid
from core.forms import RefusableForm


class PostForm(forms.Form):
    nonce = forms.CharField()
    body = forms.CharField(strip=False)

    def clean(self) -> dict[str, str]:
        given = super().clean() or {}
        try:
            given["nonce"], given["body"] = text.clean_message(given.get("nonce"), given.get("body"))
        except Invalid as invalid:
            for name, said in (invalid.fields or {}).items():
                self.add_error(name, said)
        return given


class PeopleForm(RefusableForm):
    field_of = {"not_found": "people", "not_reachable": "people"}

    people = forms.CharField(
        label=_("Usernames"),
        max_length=400,
        help_text=_("One, or several with spaces or commas between."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_people(self) -> list[str]:
        return [name for name in re.split(r"[\s,;،]+", self.cleaned_data["people"]) if name]
