"""The first page of `/admin/`: a few numbers that say whether all is well."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import DataExport, User
from core.models import Mail

DAYS = 14
BAR_HEIGHT = 100  # of the chart, in the units of its own drawing
_ENVIRONMENTS = {True: (gettext_lazy("Demo"), "info"), False: (gettext_lazy("Production"), "success")}


def environment(_request: HttpRequest) -> list[str]:
    """The words of the label in the head of every page, and how it looks."""
    text, look = _ENVIRONMENTS[settings.DEMO]
    return [str(text), look]


def numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Four queries."""
    days = signed_up_by_day()
    context["signed_up"] = {"bars": _bars(days), "from": min(days), "to": max(days), "count": sum(days.values())}
    context["cards"] = [*_of_people(), *_of_mails(), *_of_exports()]
    return context


def signed_up_by_day() -> dict[date, int]:
    """Day -> people, for the last two weeks, oldest first, zeros too."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    rows = User.objects.filter(date_joined__date__gte=first).annotate(day=TruncDate("date_joined"))
    counted = dict(rows.order_by().values_list("day").annotate(Count("pk")))
    return {day: counted.get(day, 0) for day in (first + timedelta(days=number) for number in range(DAYS))}


def _bars(days: dict[date, int]) -> list[dict[str, Any]]:
    most = max(1, *days.values())
    heights = ((day, count, round(BAR_HEIGHT * count / most)) for day, count in days.items())
    return [
        {"x": 20 * number, "y": BAR_HEIGHT - height, "height": height, "day": day, "count": count}
        for number, (day, count, height) in enumerate(heights)
    ]


def _of_people() -> list[dict[str, Any]]:
    week_ago = timezone.now() - timedelta(days=7)
    found = User.objects.filter(erased_at=None).aggregate(
        people=Count("pk", filter=Q(is_active=True)),
        new=Count("pk", filter=Q(date_joined__gte=week_ago)),
        leaving=Count("pk", filter=Q(erase_at__isnull=False)),
    )
    people = reverse("admin:accounts_user_changelist")
    return [
        {"title": _("People"), "number": found["people"], "link": f"{people}?standing=active"},
        {"title": _("Signed up this week"), "number": found["new"], "link": people},
        {"title": _("Deletion asked for"), "number": found["leaving"], "link": f"{people}?standing=deletion"},
    ]


def _of_mails() -> list[dict[str, Any]]:
    found = Mail.objects.filter(sent_at=None).aggregate(
        waiting=Count("pk", filter=Q(due_at__isnull=False)), failed=Count("pk", filter=Q(due_at=None))
    )
    mails = reverse("admin:core_mail_changelist")
    return [
        {"title": _("Mails waiting"), "number": found["waiting"], "link": f"{mails}?state=waiting"},
        {"title": _("Mails failed"), "number": found["failed"], "link": f"{mails}?state=failed", "bad": True},
    ]


def _of_exports() -> list[dict[str, Any]]:
    link = f"{reverse('admin:accounts_dataexport_changelist')}?state__exact=running"
    return [{"title": _("Exports being packed"), "number": DataExport.objects.under_way().count(), "link": link}]
