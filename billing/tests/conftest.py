from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.core.cache import cache

from accounts.models import User
from accounts.tests import factories as people
from billing.tests.fake_stripe import FakeStripe
from billing.tests.stripe_money import use
from config.celery import app


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def stan(db: None) -> User:
    """Plain staff."""
    return people.make_person("stan", is_staff=True)


@pytest.fixture
def stripe(settings: Any) -> Iterator[FakeStripe]:
    """A Stripe that serves, and whose keys are set."""
    fake = FakeStripe()
    use(fake, settings)
    yield fake
    fake.close()


@pytest.fixture
def worker() -> Iterator[Callable[[], None]]:
    """Does what has been queued. Celery's eager mode would close the connection whose transaction the test is in."""
    queued: list[tuple[str, tuple[Any, ...]]] = []

    def take(sender: str, body: Any, **_signal: Any) -> None:
        queued.append((sender, body[0]))

    def work_off() -> None:
        while queued:
            name, args = queued.pop(0)
            app.tasks[name].run(*args)

    before_task_publish.connect(take)
    yield work_off
    before_task_publish.disconnect(take)
