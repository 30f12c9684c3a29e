"""What may be in a profile. Each `clean_…` takes what was sent and returns what is kept, or raises Invalid."""

import zoneinfo
from collections.abc import Callable
from functools import cache

from django.utils.translation import gettext as _

from accounts.models import LONGEST_ABOUT, LONGEST_DISPLAY_NAME
from core import languages
from core.errors import Invalid
from core.names import clean_name

_LONGEST_TYPED_PHONE = 40


def clean_display_name(raw: object) -> str:
    """Empty: the username is shown."""
    if isinstance(raw, str) and not raw.strip(" "):
        return ""
    return clean_name(raw, field="display_name", minimum=1, maximum=LONGEST_DISPLAY_NAME)


def clean_about(raw: object) -> str:
    text = clean_text(raw, field="about", maximum=LONGEST_ABOUT)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def clean_phone(raw: object) -> str:
    """In E.164, whatever spaces and brackets it was typed with; empty: none."""
    import phonenumbers  # here and below: it takes 0.1 s to load, and few who start Plaza ask for a phone number

    typed = clean_text(raw, field="phone", maximum=_LONGEST_TYPED_PHONE)
    if not typed:
        return ""
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException as wrong:
        if wrong.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise Invalid(
                fields={"phone": _("Please begin with + and the country's number, as +49 30 901820.")}
            ) from wrong
        raise Invalid(fields={"phone": _("This is not a phone number.")}) from wrong
    if not phonenumbers.is_valid_number(number):
        raise Invalid(fields={"phone": _("There is no such phone number. Please check it, the country's number too.")})
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def clean_language(raw: object) -> str:
    """Empty: as the browser asks."""
    if raw != "" and not (isinstance(raw, str) and languages.is_offered(raw)):
        raise Invalid(fields={"language": _("Plaza does not speak this language.")})
    return raw


def clean_time_zone(raw: object) -> str:
    """Empty: UTC."""
    if raw != "" and not (isinstance(raw, str) and raw in time_zones()):
        raise Invalid(fields={"time_zone": _("There is no such time zone. It is a name as Europe/Berlin.")})
    return raw


CLEANED: dict[str, Callable[[object], str]] = {
    "display_name": clean_display_name,
    "about": clean_about,
    "phone": clean_phone,
    "language": clean_language,
    "time_zone": clean_time_zone,
}


def clean_text(raw: object, *, field: str, maximum: int) -> str:
    """Trimmed; a line break counts as one sign."""
    if not isinstance(raw, str):
        raise Invalid(fields={field: _("This must be text.")})
    text = raw.strip()
    if len(text.replace("\r\n", "\n")) > maximum:
        raise Invalid(fields={field: _("At most %(count)d characters.") % {"count": maximum}})
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise Invalid(fields={field: _("This has a sign in it that cannot be stored.")})
    return text


def shown_phone(phone: str) -> str:
    """As people write it: +49 30 901820."""
    if not phone:
        return ""
    import phonenumbers

    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return phone


@cache
def time_zones() -> frozenset[str]:
    """IANA names, without aliases of offsets and files that are no zones of a place."""
    places = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/")
    known = zoneinfo.available_timezones()
    return frozenset(name for name in known if name.startswith((*places, "Pacific/")) or name == "UTC")
