"""What makes Plaza an app that can be installed: the manifest, the service worker and the page it shows offline."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core import languages

# What the offline page needs, and most other pages as well.
SHELL = (
    *(f"css/{name}.css" for name in ("plaza", "base", "layout", "controls", "components")),
    "js/theme.js",
    "fonts/inter/latin.woff2",
    "img/mark.svg",
)
_ICONS = (("img/icon-192.png", "192x192", "any"), ("img/icon-512.png", "512x512", "any"))
_MASKABLE = ("img/icon-maskable-512.png", "512x512", "maskable")


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """In the reader's language. `id` never changes: by it, browsers know an app that they have installed."""
    shown: dict[str, Any] = {
        "id": "/",
        "name": "Plaza",
        "short_name": "Plaza",
        "description": _("Open a room, share its link and talk. Rooms fly away after a few hours."),
        "lang": translation.get_language(),
        "dir": "rtl" if translation.get_language_bidi() else "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaff",
        "theme_color": "#5040d8",
        "categories": ["social", "shopping"],
        "icons": [_icon(*one) for one in (*_ICONS, _MASKABLE)],
        "shortcuts": [
            {"name": _("Open rooms"), "url": reverse("rooms:list"), "icons": [_icon(*_ICONS[0])]},
            {"name": _("Open a room"), "url": reverse("rooms:list") + "#open-a-room", "icons": [_icon(*_ICONS[0])]},
        ],
    }
    return JsonResponse(shown, content_type="application/manifest+json")


def _icon(path: str, sizes: str, purpose: str) -> dict[str, str]:
    return {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The same for everybody: browsers compare it by the byte, and install it anew when it differs."""
    return HttpResponse(_worker_source(), content_type="text/javascript; charset=utf-8")


@cache
def _worker_source() -> str:
    """static/js/worker.js behind what it has to know. The version changes with anything that it keeps."""
    source = _read("js/worker.js")
    offlines = {code: reverse("offline", args=[code]) for code, _name in settings.LANGUAGES}
    kept = [source, *map(_offline_page, offlines), *(_read(path) for path in SHELL)]
    told = {
        "version": hashlib.sha256(b"\0".join(kept)).hexdigest()[:16],
        "shell": [reverse("offline"), *offlines.values(), *(static(path) for path in SHELL)],
        "offline": reverse("offline"),
        "offlines": offlines,
        "hashed": not settings.DEMO,
        "icon": static("img/icon-192.png"),
        "rtl": [code for code, _name in settings.LANGUAGES if translation.get_language_info(code)["bidi"]],
    }
    return f"self.PLAZA = {json.dumps(told)};\n{source.decode()}"


def _read(path: str) -> bytes:
    return Path(str(finders.find(path))).read_bytes()


def _offline_page(language: str) -> bytes:
    with translation.override(language):
        return render_to_string("offline.html").encode()


@require_safe
def offline(request: HttpRequest, language: str = "") -> HttpResponse:
    """The worker keeps it in every language; without one it is in the reader's."""
    if language and not languages.is_offered(language):
        raise Http404
    with languages.spoken_to(language):
        response = render(request, "offline.html")
        response["Content-Language"] = translation.get_language() or ""
        return response


@require_safe
@cache_control(max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Rooms fly away, and what is said in them is not for search engines. So there is no sitemap either."""
    closed = ("/admin/", "/api/v1/", "/dev/", "/rooms/", "/settings/")
    lines = ["User-agent: *", f"Allow: {reverse('rooms:list')}$", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
