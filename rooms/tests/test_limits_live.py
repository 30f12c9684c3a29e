"""Of twenty requests at once, at two web processes behind a proxy, as many open a room as may."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence

import httpx
import pytest

from chat.tests.houses import House, open_house
from core.tests.servers import ON_SERVICES, Blueprints, manage

pytestmark = [*ON_SERVICES, pytest.mark.slow]
MANY = 20
# Who signs in without a password, because hashing two hundred of them takes minutes.
PEOPLE = """
from django.utils import timezone
from accounts.actions.sign_in import next_tokens
from accounts.models import SignIn, User
from billing.tests.factories import give
for number in range({many}):
    person = User.objects.create_user(username=f"{name}{{number}}", password=None)
    if "{plan}":
        give(person, "{plan}")
    print(next_tokens(SignIn.objects.create(user=person, used_at=timezone.now())).access)
"""


@pytest.fixture(scope="module")
def house(blueprints: Blueprints) -> Iterator[House]:
    with open_house(blueprints, TRUSTED_PROXIES="1", ROOM_COOLDOWN="43200", ROOM_LIFETIME="43200") as house:
        yield house


def tokens(house: House, many: int, plan: str = "") -> list[str]:
    """Of new people, who have the plan, or none."""
    code = PEOPLE.format(many=many, name=f"p{uuid.uuid4().hex[:8]}x", plan=plan)
    done = manage("shell", "--no-imports", "-c", code, env=house.webs[0].env)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


async def open_at_once(house: House, tokens: Sequence[str], addresses: Sequence[str]) -> Counter[str]:
    """How many were opened, and how many refused as what; the two processes in turn."""
    links = [httpx.AsyncClient(base_url=web.url, trust_env=False, timeout=60) for web in house.webs]

    async def open_room(number: int) -> str:
        headers = {"Authorization": f"Bearer {tokens[number]}", "X-Forwarded-For": addresses[number]}
        body = {"name": f"Room {uuid.uuid4().hex[:12]}", "nickname": "owner"}
        answer = await links[number % 2].post("/api/v1/rooms", json=body, headers=headers)
        said = answer.json()
        assert answer.status_code in (201, 429), answer.text
        return str(said["code"]) if answer.status_code == 429 else "opened"

    try:
        await asyncio.gather(*(link.get("/healthz") for link in links for _ in range(MANY // 2)))  # all connected
        return Counter(await asyncio.gather(*(open_room(number) for number in range(len(tokens)))))
    finally:
        await asyncio.gather(*(link.aclose() for link in links))


ONE_OF_MANY = {"opened": 1, "room_cooldown": MANY - 1}


async def test_one_free_account_opens_one_wherever_its_requests_come_from(house: House) -> None:
    (token,) = tokens(house, 1)

    assert await open_at_once(house, [token] * MANY, [f"198.51.100.{n}" for n in range(MANY)]) == ONE_OF_MANY


async def test_twenty_free_accounts_at_one_address_open_one(house: House) -> None:
    assert await open_at_once(house, tokens(house, MANY), ["203.0.113.1"] * MANY) == ONE_OF_MANY


async def test_one_network_of_ipv6_is_one_address_and_its_neighbours_are_others(house: House) -> None:
    people = tokens(house, 2 * MANY)
    same, apart = [f"2001:db8:0:7::{n:x}" for n in range(1, 21)], [f"2001:db8:1:{n:x}::1" for n in range(1, 21)]

    assert await open_at_once(house, people[:MANY], same) == ONE_OF_MANY
    assert await open_at_once(house, people[MANY:], apart) == {"opened": MANY}


async def test_what_stands_left_of_the_proxys_own_word_changes_nothing(house: House) -> None:
    forged = [f"192.0.2.{n}, 203.0.113.2" for n in range(MANY)]

    assert await open_at_once(house, tokens(house, MANY), forged) == ONE_OF_MANY


async def test_who_has_a_plan_is_not_bound_by_the_address_but_by_their_own_plan(house: House) -> None:
    address = ["203.0.113.3"] * MANY
    assert await open_at_once(house, tokens(house, MANY), address) == ONE_OF_MANY
    (three,) = tokens(house, 1, "level1")

    assert await open_at_once(house, tokens(house, MANY, "level1"), address) == {"opened": MANY}
    assert await open_at_once(house, [three] * MANY, address) == {"opened": 3, "room_cooldown": MANY - 3}
    assert await open_at_once(house, tokens(house, 1, "premium") * MANY, address) == {"opened": MANY}
