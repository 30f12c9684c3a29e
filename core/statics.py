"""Static files: collected when production needs it, and handed out whole."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise publishes no types
    """whitenoise streams synchronously; under ASGI Django reads such a stream into memory, and warns each time."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        whole = HttpResponse(b"".join(streamed), status=streamed.status_code)
        streamed.close()
        del whole["Content-Type"]  # whitenoise says which, where there is one
        for name, value in streamed.items():
            whole[name] = value
        return whole


def collect_if_needed() -> None:
    """Collect what is newer than the last collection, so that whoever starts production need not remember it.

    Demo mode serves straight from the sources.
    """
    if settings.STATIC_ROOT is None:
        return
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    collected_at = manifest.stat().st_mtime if manifest.exists() else 0.0
    if _newest() > collected_at:
        call_command("collectstatic", interactive=False, verbosity=0)


def _newest() -> float:
    return max(
        Path(storage.path(name)).stat().st_mtime
        for finder in get_finders()
        for name, storage in finder.list(ignore_patterns=None)
    )
