"""What every form of a page shares."""

from typing import Any, ClassVar

from django import forms

from core.errors import DomainError


class RefusableForm(forms.Form):
    """A form whose action may refuse: the sentence lands on the field it belongs to, and what was typed stays."""

    field_of: ClassVar[dict[str, str]] = {}  # code of a refusal -> its field; any other stands above the form

    def refuse(self, refusal: DomainError) -> None:
        said: dict[str, Any] = refusal.fields or {self.field_of.get(refusal.code, ""): str(refusal.detail)}
        for name, sentences in said.items():
            self.add_error(name if name in self.fields else None, sentences)
