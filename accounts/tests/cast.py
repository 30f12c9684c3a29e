"""The people whom tests of every app are about: a plugin of the whole suite (conftest.py)."""

import pytest

from accounts.models import User
from accounts.tests import factories


@pytest.fixture
def alice(db: None) -> User:
    return factories.make_alice()


@pytest.fixture
def bob(db: None) -> User:
    return factories.make_bob()


@pytest.fixture
def charlie(db: None) -> User:
    return factories.make_charlie()


@pytest.fixture
def dana(db: None) -> User:
    """A superuser."""
    return factories.make_dana()
