import pytest

from accounts.models import User
from accounts.tests import factories


@pytest.fixture
def alice(db: None) -> User:
    return factories.make_alice()


@pytest.fixture
def bob(db: None) -> User:
    return factories.make_bob()
