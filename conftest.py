"""Fixtures that every app's tests share: real servers. Their cast and data come from each app's own factories."""

from collections.abc import Callable, Iterator

import pytest

from core.tests import figures
from core.tests.servers import Blueprints, OwnRedis, PlazaFactory

pytest_plugins = ["core.tests.browsers"]


@pytest.fixture(scope="session")
def blueprints() -> Iterator[Blueprints]:
    made = Blueprints()
    yield made
    made.close()


@pytest.fixture
def start_plaza(blueprints: Blueprints) -> Iterator[PlazaFactory]:
    """`start_plaza()` starts a whole Plaza on data of its own; `start_plaza(env, command="web")` one part of it."""
    factory = PlazaFactory(blueprints)
    try:
        yield factory
    finally:
        factory.close()


@pytest.fixture
def redis_server() -> Iterator[Callable[[], OwnRedis]]:
    """`redis_server()` starts a Redis that the test may kill, pause and start again."""
    started: list[OwnRedis] = []

    def start() -> OwnRedis:
        started.append(OwnRedis())
        return started[-1]

    yield start
    for one in started:
        one.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.all_shown():
        terminalreporter.section("figures")
        for figure in figures.all_shown():
            terminalreporter.write_line(figure)
