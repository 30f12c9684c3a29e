"""What may be in an address: the parts that its country has, and who it is for."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts import postal
from accounts.models import Address
from accounts.profiles import clean_phone, clean_text
from core.errors import Invalid

LONGEST = {
    "name": 80,
    "company": 80,
    "lines": 200,
    "district": 80,
    "city": 80,
    "region": 80,
    "postal_code": 20,
}
FIELDS = ("type", "country", "phone", *LONGEST)


def clean(raw: Mapping[str, Any]) -> dict[str, str]:
    """Every field of FIELDS as it is kept; what its country does not ask for is empty. Raises Invalid."""
    wrong: dict[str, Any] = {}
    kept: dict[str, str] = {}
    for name in FIELDS:
        try:
            kept[name] = _clean_one(name, raw.get(name, ""))
        except Invalid as invalid:
            wrong |= invalid.fields or {}
    if "country" in kept:
        wrong = {**_fit_country(kept), **wrong}
    if wrong:
        raise Invalid(fields=wrong)
    return kept


def _clean_one(name: str, raw: Any) -> str:
    if name == "type":
        if raw not in Address.Type.values:
            raise Invalid(fields={"type": _("This is home, work or other.")})
        return str(raw)
    if name == "country":
        if not postal.is_country(raw):
            raise Invalid(fields={"country": _("Please choose a country.")})
        return str(raw)
    if name == "phone":
        return clean_phone(raw)
    if name == "lines":
        return _clean_lines(raw)
    text = " ".join(clean_text(raw, field=name, maximum=LONGEST[name]).split())
    _refuse_controls(name, text)
    if name == "name" and not text:
        raise Invalid(fields={"name": _("Please write who it is for.")})
    return _plain_digits(text).upper() if name == "postal_code" else text


def _clean_lines(raw: Any) -> str:
    if isinstance(raw, (list, tuple)):
        if not all(isinstance(line, str) for line in raw):
            raise Invalid(fields={"lines": _("This must be text.")})
        raw = "\n".join(raw)
    text = clean_text(raw, field="lines", maximum=LONGEST["lines"])
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) > postal.LINES:
        raise Invalid(fields={"lines": _("At most %(count)d lines.") % {"count": postal.LINES}})
    for line in lines:
        _refuse_controls("lines", line)
    return "\n".join(lines)


def _refuse_controls(name: str, text: str) -> None:
    """An address is printed: nothing in it may turn or hide its neighbours."""
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cn") and sign not in "\u200c\u200d" for sign in text):
        raise Invalid(fields={name: _("This has an invisible or control sign in it. Please use visible signs only.")})


def _plain_digits(text: str) -> str:
    """١٢٣٤٥ is 12345: a postcode is one whatever digits it is typed with."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)


def _fit_country(kept: dict[str, str]) -> dict[str, str]:
    """What is wrong by the rules of the country; empties what it does not ask for."""
    country = kept["country"]
    parts = {part.name: part for part in postal.parts_of(country)}
    wrong: dict[str, str] = {}
    for name in ("lines", "district", "city", "region", "postal_code"):
        if name not in kept:
            continue
        if name not in parts:
            kept[name] = ""
        elif not kept[name]:
            if parts[name].required:
                wrong[name] = _("Addresses of this country need this.")
        elif name == "region":
            found = postal.find_region(country, kept[name])
            kept[name] = found or ""
            if found is None:
                wrong[name] = _("Please choose one of the list.")
        elif name == "postal_code" and not postal.matches_postal_code(country, kept[name]):
            wrong[name] = _("It looks like %(example)s in this country.") % {"example": parts[name].example}
    return wrong
