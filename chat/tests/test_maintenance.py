"""While Plaza is maintained, its gateway sends clients away with the code after which they come back by themselves."""

import pytest
from pytest_django import Settings

from chat.consumers import RESTART
from chat.tests.gateway import PROTOCOL, Client

pytestmark = pytest.mark.django_db(transaction=True)


async def test_every_socket_is_closed_as_for_a_restart(settings: Settings) -> None:
    settings.MAINTENANCE = "1"

    client = await Client(PROTOCOL).connect()

    assert await client.close_code() == RESTART == 1012
    await client.leave()
