"""What dashboards see of money, of all processes together; docs/settings.md explains each."""

from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Count, Q
from django.utils import timezone
from prometheus_client import Counter, Gauge, Histogram

from billing.models import Payment
from core.shared_metrics import SHARED

ORDERS_CREATED = Counter("payment_orders_created", "Payments that were begun.", ["provider"], registry=SHARED)
FAILURES = Counter("payment_failures", "Payments that failed, each time one did.", ["provider"], registry=SHARED)
SUCCESS_RATE = Gauge("payment_success_rate", "Paid ones among the payments of the last day that have an outcome.")
SETTLING_SECONDS = Histogram(
    "payment_processing_duration_seconds", "Time of asking what became of a payment.", registry=SHARED
)
WEBHOOK_SECONDS = Histogram(
    "webhook_processing_duration_seconds",
    "Time from an event's arrival until it was looked into.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=SHARED,
)


def _success_rate() -> float:
    since = timezone.now() - timedelta(days=1)
    failed = Q(state__in=[Payment.State.FAILED, Payment.State.EXPIRED])
    try:
        found = Payment.objects.filter(created_at__gt=since).aggregate(
            paid=Count("pk", filter=Q(state__in=Payment.SETTLED)), failed=Count("pk", filter=failed)
        )
    except DatabaseError:
        return float("nan")
    ended = found["paid"] + found["failed"]
    return found["paid"] / ended if ended else float("nan")


SUCCESS_RATE.set_function(_success_rate)
