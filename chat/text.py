"""What may be said: the body and the nonce of a message, as the gateway and the API take them."""

import re
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid

LONGEST_BODY = 4000
_NONCE = re.compile(r"[\x21-\x7e]{1,64}")
_REFUSED = re.compile("[\x00\ud800-\udfff]")


def clean_body(raw: Any) -> str:
    """Trimmed; 1 to 4,000 characters. Only NUL and lone surrogates, which no database keeps, are refused."""
    if not isinstance(raw, str):
        raise Invalid(fields={"body": _("This must be text.")})
    if _REFUSED.search(raw):
        raise Invalid(fields={"body": _("This has a sign in it that cannot be stored.")})
    body = raw.strip()
    if not body:
        raise Invalid(fields={"body": _("A message needs some text.")})
    if len(body) > LONGEST_BODY:
        raise Invalid(fields={"body": _("At most %(count)d characters.") % {"count": LONGEST_BODY}})
    return body


def clean_nonce(raw: Any) -> str:
    if not isinstance(raw, str) or not _NONCE.fullmatch(raw):
        raise Invalid(fields={"nonce": _("1 to 64 visible ASCII characters.")})
    return raw


def clean_message(nonce: Any, body: Any) -> tuple[str, str]:
    """Both, with one Invalid that names every wrong field."""
    cleaned: list[str] = []
    wrong: dict[str, Any] = {}
    for clean, raw in ((clean_nonce, nonce), (clean_body, body)):
        try:
            cleaned.append(clean(raw))
        except Invalid as invalid:
            wrong |= invalid.fields or {}
    if wrong:
        raise Invalid(fields=wrong)
    return cleaned[0], cleaned[1]
