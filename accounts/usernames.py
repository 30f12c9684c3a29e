"""Usernames: what may be in one, and when two are the same."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.names import clean_name, name_key

SHORTEST, LONGEST = 2, 30
_SIGNS = frozenset("._-")
_LETTERS, _MARKS, _DIGIT = "L", "M", "Nd"


def clean_username(raw: object) -> str:
    """The username as it is kept (NFKC). Raises Invalid that says what is wrong, under `username`."""
    if isinstance(raw, str):
        raw = unicodedata.normalize("NFKC", raw)
    name = clean_name(raw, field="username", minimum=SHORTEST, maximum=LONGEST)
    if not all(_may_be_in_one(sign) for sign in name):
        raise Invalid(fields={"username": _("Only letters, digits and the signs . _ - please.")})
    if not re.search(r"[^\W_]", name):
        raise Invalid(fields={"username": _("This needs at least one letter or digit.")})
    return name


def _may_be_in_one(sign: str) -> bool:
    category = unicodedata.category(sign)
    return sign in _SIGNS or category == _DIGIT or category[0] in (_LETTERS, _MARKS)


def validate_username(raw: str) -> None:
    """For Django's forms and `createsuperuser`, which know ValidationError only."""
    try:
        clean_username(raw)
    except Invalid as refused:
        raise ValidationError((refused.fields or {})["username"]) from refused


class UsernameKeyField(models.CharField):
    """The casefolded NFKC form of `username`: unique where the database's own LOWER() knows ASCII only (SQLite)."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002 - Django's signature
        key = name_key(model_instance.username)  # type: ignore[attr-defined]  # the field is made for accounts.User
        setattr(model_instance, self.attname, key)
        return key
