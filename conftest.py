"""Fixtures that every app's tests share: real servers, and the cast. Data comes from each app's own factories."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest

from core.tests import emptying, figures
from core.tests.servers import Blueprints, OwnRedis, PlazaFactory

pytest_plugins = ["core.tests.browsers", "accounts.tests.cast"]

emptying.install()
hypothesis.settings.register_profile("plaza", deadline=None)  # how long one example takes is the machine's doing
hypothesis.settings.load_profile("plaza")
WORKERS = 3  # on two processors: much of the suite waits
SECOND_TRIES = 3  # in a whole run: more than that is no accident


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite runs in several processes. What is asked for by name is there sooner without starting them."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    return WORKERS if is_whole and config.option.markexpr == "not slow and not laboratory" else 0


@pytest.hookimpl(tryfirst=True)  # before pytest-rerunfailures reads it
def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI"):
        config.option.max_suite_reruns = SECOND_TRIES


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with servers never run beside each other, nor do those with browsers: they are many processes each.

    In CI what fails is tried a second time: how a test ends can be the machine's doing. The report says which failed at
    first, and how."""
    for item in items:
        if os.environ.get("CI"):
            item.add_marker(pytest.mark.flaky(reruns=1))
        uses = set(getattr(item, "fixturenames", ()))
        if "visitors" in uses:
            item.add_marker(pytest.mark.xdist_group("browsers"))
        elif uses & {"start_plaza", "blueprints"}:
            item.add_marker(pytest.mark.xdist_group("servers"))


@pytest.fixture(autouse=True)
def plans(request: pytest.FixtureRequest) -> None:
    """Those that the migration made: a test with real transactions empties every table when it is over."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        from billing.models import Offer, Plan, Price
        from billing.plans import make_missing, make_missing_offers

        make_missing(Plan)
        make_missing_offers(Plan, Offer, Price)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        emptying.end_other_sessions()


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


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # only workers have it: what they measured goes to who shows it
        session.config.workeroutput["figures"] = figures.all_shown()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for figure in getattr(node, "workeroutput", {}).get("figures", ()):
        figures.show(figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"failed at first: {report.nodeid}", sep="_")
        terminalreporter.write_line(report.longreprtext)
    if figures.all_shown():
        terminalreporter.section("figures")
        for figure in figures.all_shown():
            terminalreporter.write_line(figure)
