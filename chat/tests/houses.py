"""Two web processes on one PostgreSQL and one Redis that may be taken away."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from chat.tests.crowds import RATES
from core.tests.servers import Blueprints, OwnRedis, PlazaFactory, RunningPlaza


class House(NamedTuple):
    webs: list[RunningPlaza]
    redis: OwnRedis

    def places(self, count: int) -> list[str]:
        """Addresses for so many people, the two processes in turn."""
        return [self.webs[number % 2].url for number in range(count)]


@contextmanager
def open_house(blueprints: Blueprints, **settings: str) -> Iterator[House]:
    factory, own_redis = PlazaFactory(blueprints), OwnRedis()
    try:
        shared = {
            **RATES,
            **settings,
            "DATABASE_URL": factory.fresh_database(),
            "REDIS_URL": own_redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
        }
        yield House([factory(shared, "web"), factory(shared, "web")], own_redis)
    finally:
        factory.close()
        own_redis.close()


@contextmanager
def without_redis(house: House, how: str) -> Iterator[None]:
    """`dead`: nobody listens there. `hung`: connections stand and nothing is answered. `alive`: as it should be."""
    take, give_back = {
        "dead": (house.redis.kill, house.redis.start),
        "hung": (house.redis.pause, house.redis.resume),
    }.get(how, (lambda: None, lambda: None))
    take()
    try:
        yield
    finally:
        give_back()
