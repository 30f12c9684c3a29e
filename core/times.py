"""Times as clients see them: ISO 8601, UTC, milliseconds, `Z`; and as sentences name them."""

from datetime import UTC, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else _iso(moment)


@lru_cache(maxsize=256)  # all messages of a batch are of one moment
def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_words(moment: datetime) -> str:
    """As 18:05, where the reader is; with the day unless it is today, and with UTC for who has chosen no time zone."""
    there = timezone.localtime(moment)
    is_today = there.date() == timezone.localdate()
    said = date_format(there, "TIME_FORMAT" if is_today else "DATETIME_FORMAT")
    return f"{said} UTC" if timezone.get_current_timezone_name() == "UTC" else said
