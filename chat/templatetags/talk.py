"""What the room page needs to draw a message."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from chat.notices import SENTENCES, sentence
from core.markup import mark_own

register = template.Library()


@register.filter
def notice_sentence(notice: dict[str, Any]) -> str:
    """What a place says itself, in the reader's language."""
    return sentence(notice["code"], notice["names"])


@register.simple_tag
def notice_patterns() -> list[tuple[str, str]]:
    """(code, sentence) of every such line, for scripts: with {name} for whom it is about."""
    return [(code, sentence(code, ["{name}"])) for code in SENTENCES]


@register.filter
def names_member(message: dict[str, Any], member: dict[str, Any]) -> bool:
    return any(one["id"] == member["id"] for one in message["mentions"])


@register.filter
def seen_by(html: SafeString, member: dict[str, Any]) -> SafeString:
    """HTML of a message with the reader's own name marked, as static/js/markup.js does it."""
    return mark_own(html, member["id"])
