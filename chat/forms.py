"""The composer without JavaScript."""

from django import forms

from chat import text
from core.errors import Invalid


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
