"""Small pieces of markup that every page uses: icons, avatars, prices, stars, charts. All are on /dev/components/."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.core.paginator import Page
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core import charts
from core.money import format_money

register = template.Library()
AVATAR_COLOURS = 8  # .avatar-0 … .avatar-7 in static/css/components.css; static/js/people.js does the same
STATUSES: dict[str, str | Promise] = {
    "online": _("Online"),
    "busy": _("Busy"),
    "absent": _("Absent"),
    "offline": _("Offline"),
}
MOST_STARS = 5


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of the sprite. scripts/vendor.py puts every icon that a template names into it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


# --- People ---
@register.filter
def initials(name: str | None) -> str:
    """Up to two letters that stand for a name: "Layla Al-Farsi" is LA, "bob" is B."""
    words = (name or "").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def avatar_colour(name: str) -> int:
    """The same number for the same name, wherever it stands."""
    return sum(map(ord, name)) % AVATAR_COLOURS


@register.inclusion_tag("_avatar.html")
def avatar(
    name: str | None, src: str | None = None, status: str | None = None, size: str = "md", person: int | None = None
) -> dict[str, Any]:
    """A face: the picture at `src`, else initials. Sizes xs, sm, md, lg, xl. A `status` adds its dot and its word;
    with the id of a `person`, static/js/presence.js keeps it as they are.

    With no name it is an empty one, for a <template> that drawAvatar() of static/js/people.js fills in.
    """
    known = status if status in STATUSES else None
    return {
        "name": name,
        "letters": initials(name),
        "colour": avatar_colour(name or ""),
        "src": src,
        "status": known,
        "status_word": STATUSES[known] if known else "",
        "size": size,
        "person": person,
    }


@register.simple_tag
def statuses() -> Iterable[tuple[str, str | Promise]]:
    """Every status with its word."""
    return STATUSES.items()


# --- Numbers ---
@register.filter
def money(minor: int, currency: str) -> str:
    """An amount to the last minor unit: 800 USD is "$8.00"."""
    return format_money(minor, currency)


@register.filter
def price(minor: int, currency: str) -> str:
    """An amount as on a price tag: 800 USD is "$8", 850 is "$8.50"."""
    return format_money(minor, currency, strip_if_whole=True)


@register.inclusion_tag("_stars.html")
def stars(value: float, count: int | None = None) -> dict[str, Any]:
    """A rating out of five, with the number of reviews if `count` is given."""
    held = min(max(value, 0), MOST_STARS)
    return {"value": number_format(held, decimal_pos=1), "halves": round(held * 2), "count": count}


@register.inclusion_tag("_ring.html")
def ring(value: int, label: str, most: int = 100) -> dict[str, Any]:
    """Progress as a ring, with its share in the middle."""
    share = round(100 * min(max(value, 0), most) / most) if most else 0
    return {"share": share, "label": label}


@register.inclusion_tag("_chart.html")
def chart(kind: str, points: Sequence[charts.Point], title: str, currency: str = "") -> dict[str, Any]:
    """A "line" or "bar" chart of (label, value) pairs; values are minor units where a `currency` is given."""

    def say(value: float) -> str:
        if currency:
            return format_money(round(value), currency, strip_if_whole=True)
        return number_format(int(value) if value == int(value) else round(value, 2), force_grouping=True)

    return {"chart": charts.draw(kind, points, say), "title": title}


@register.inclusion_tag("_sparkline.html")
def sparkline(values: Sequence[float], label: str) -> dict[str, Any]:
    """A line without axes, as high as the text beside it. `label` says what can be seen."""
    return {"path": charts.sparkline(values), "label": label}


# --- Pages ---
@register.simple_tag
def emoji_names(language: str) -> str:
    """Address of the names of emoji in a language; nothing where there are none, as for English."""
    path = f"vendor/emoji/{language}.json"
    return static(path) if language != "en" and finders.find(path) else ""


@register.filter
def page_numbers(page: Page[Any]) -> Iterable[int | str]:
    """Numbers of the pages to link to, with an ellipsis where some are left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


@register.simple_tag(takes_context=True)
def notices(context: template.Context) -> Iterable[Message]:
    """What Django's messages framework has to say. By this name, since a room page has `messages` of its own."""
    request = context.get("request")
    return get_messages(request) if request is not None else ()
