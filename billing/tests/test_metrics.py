"""Payments at /metrics: counted by whoever did the work, shown by every web process."""

import re
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client

from accounts.models import User
from billing import metrics
from billing.tests.money import buy, checkout, process_all
from core import shared_metrics
from core.models import MetricSample
from core.tests.servers import PlazaFactory, RunningPlaza, manage

BEGIN = """
from accounts.models import User
from billing import actions
from billing.models import Offer
alice = User.objects.get(username="alice")
paid = actions.open_checkout(
    user=alice, offer=Offer.objects.get(code="level1"), currency="EGP", provider="sandbox", key=""
)
print("payment", paid.ref)
"""


def shown(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.2)
    return False


def is_counted(web: RunningPlaza, name: str) -> bool:
    return shown(web.get("/metrics")[1].decode(), name) >= 1


def scrape() -> str:
    return Client().get("/metrics").content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_was_counted_is_shown_once_and_stays(alice: User) -> None:
    name = 'payment_orders_created_total{provider="sandbox"}'
    before = shown(scrape(), name)

    checkout(alice)

    assert shown(scrape(), name) == before + 1
    assert shown(scrape(), name) == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_other_processes_have_counted_is_in_it(alice: User) -> None:
    buy(alice)
    process_all()
    text = scrape()
    seconds = shown(text, "payment_processing_duration_seconds_count")
    assert text.count("# TYPE payment_processing_duration_seconds ") == 1

    MetricSample.objects.filter(name="payment_processing_duration_seconds_count").update(value=seconds + 5)
    MetricSample.objects.create(
        family="payment_failures", name="payment_failures_total", labels='{"provider": "elsewhere"}', value=7
    )

    text = scrape()
    assert shown(text, "payment_processing_duration_seconds_count") == seconds + 5
    assert shown(text, 'payment_failures_total{provider="elsewhere"}') == 7


@pytest.mark.django_db(transaction=True)
def test_many_that_add_at_once_lose_nothing() -> None:
    before = shown(scrape(), 'payment_failures_total{provider="sandbox"}')

    def count() -> None:
        for _ in range(20):
            metrics.FAILURES.labels("sandbox").inc()
            shared_metrics.try_to_add()

    counting = [threading.Thread(target=count) for _ in range(4)]
    for one in counting:
        one.start()
    for one in counting:
        one.join()

    assert shown(scrape(), 'payment_failures_total{provider="sandbox"}') == before + 80


def test_a_payment_that_a_worker_process_settled_shows_at_the_web_process(start_plaza: PlazaFactory) -> None:
    web = start_plaza(command="web")
    start_plaza({**web.env}, command="worker")
    begun = manage("shell", "--no-imports", "-c", BEGIN, env=web.env)
    assert begun.returncode == 0, begun.stderr
    ref = begun.stdout.split()[-1]

    told = manage("simulate_webhook", "sandbox", "--payment", ref, "--status", "success", env=web.env)

    assert told.returncode == 0, told.stderr
    for name in ("webhook_processing_duration_seconds_count", "payment_processing_duration_seconds_count"):
        assert eventually(partial(is_counted, web, name)), name
