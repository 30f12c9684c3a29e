from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from accounts.models import User
from chat.tests import factories
from chat.tests.factories import Place
from chat.tests.gateway import PROTOCOL, Client, db, session_headers
from chat.tests.houses import House, open_house
from core.realtime import hub
from core.tests.servers import Blueprints


@pytest.fixture(scope="module")
def house(blueprints: Blueprints) -> Iterator[House]:
    with open_house(blueprints) as house:
        yield house


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
def place(alice: User, bob: User) -> Place:
    return factories.make_place(alice, bob)


@pytest.fixture
async def connect(transactional_db: None) -> AsyncIterator[Connect]:
    """`await connect(user)` opens a socket by a fresh sign-in, `connect(token="…")` by a token, `connect(session="…")`
    by a cookie. Afterwards all of them are gone, and the hub with them."""
    clients: list[Client] = []

    async def open_socket(user: User | None = None, *, token: str = "", session: str = "") -> Client:
        if user is not None:
            token = await db(factories.access_token, user)
        offered = [PROTOCOL, f"bearer.{token}"] if token else [PROTOCOL]
        clients.append(Client(*offered, headers=session_headers(session) if session else None))
        return await clients[-1].connect()

    yield open_socket
    for client in clients:
        await client.leave()
    await hub.stop()
