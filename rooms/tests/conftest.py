import pytest
from django.core.cache import cache

from accounts.models import User
from rooms.tests import factories


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def room(alice: User) -> factories.Seated:
    """A public room of alice's."""
    return factories.make_room(alice)


@pytest.fixture
def private_room(alice: User) -> factories.Seated:
    return factories.make_room(alice, name="Attic", password=factories.ROOM_PASSWORD)
