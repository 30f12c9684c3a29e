from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from accounts.tests import factories as people
from billing.tests.fake_stripe import FakeStripe
from billing.tests.stripe_money import use


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
