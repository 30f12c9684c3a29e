"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.languages import PLURAL_SAMPLES


def plaza(request: HttpRequest) -> dict[str, Any]:
    return {
        "demo": settings.DEMO,
        "plaza_public_url": settings.PUBLIC_URL,
        "languages": settings.LANGUAGES,
        "plural_samples": PLURAL_SAMPLES,
    }
