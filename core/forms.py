"""What every form of a page shares."""

from typing import Any, ClassVar, NamedTuple

from django import forms

from core.errors import DomainError


class Suggestion(NamedTuple):
    field: str
    value: str


class RefusableForm(forms.Form):
    """A form whose action may refuse: the sentence lands on the field it belongs to, and what was typed stays."""

    field_of: ClassVar[dict[str, str]] = {}  # code of a refusal -> its field; any other stands above the form
    suggestion: Suggestion | None = None  # _suggestion.html offers it

    def refuse(self, refusal: DomainError) -> None:
        said: dict[str, Any] = refusal.fields or {self.field_of.get(refusal.code, ""): str(refusal.detail)}
        for name, sentences in said.items():
            self.add_error(name if name in self.fields else None, sentences)
        field = self.field_of.get(refusal.code, "")
        if refusal.suggestion and field in self.fields:
            self.suggestion = Suggestion(field, refusal.suggestion)
