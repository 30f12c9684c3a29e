import pytest
from django.core.cache import cache

from accounts.models import User
from accounts.tests import factories as people
from rooms.tests import factories


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    return people.make_alice()


@pytest.fixture
def bob(db: None) -> User:
    return people.make_bob()


@pytest.fixture
def charlie(db: None) -> User:
    return people.make_charlie()


@pytest.fixture
def dana(db: None) -> User:
    return people.make_dana()


@pytest.fixture
def room(alice: User) -> factories.Seated:
    """A public room of alice's."""
    return factories.make_room(alice)


@pytest.fixture
def private_room(alice: User) -> factories.Seated:
    return factories.make_room(alice, name="Attic", password=factories.ROOM_PASSWORD)
