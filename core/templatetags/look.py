"""Small pieces of markup that every page uses: icons, and initials and colours of avatars."""

from collections.abc import Iterable

from django import template
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
AVATAR_COLOURS = 8  # .avatar-0 … .avatar-7 in static/css/components.css; static/js/people.js does the same


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of the sprite. scripts/vendor.py puts every icon that a template names into it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.filter
def initials(name: str | None) -> str:
    """Up to two letters that stand for a name: "Layla Al-Farsi" is LA, "bob" is B."""
    words = (name or "").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def avatar_colour(name: str) -> int:
    """The same number for the same name, wherever it stands."""
    return sum(map(ord, name)) % AVATAR_COLOURS


@register.simple_tag(takes_context=True)
def notices(context: template.Context) -> Iterable[Message]:
    """What Django's messages framework has to say. By this name, since a room page has `messages` of its own."""
    request = context.get("request")
    return get_messages(request) if request is not None else ()
