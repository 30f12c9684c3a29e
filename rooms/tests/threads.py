"""Many at once: real threads, each with a database connection of its own (as many as the pool has; others wait)."""

import os
import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from django.db import connection, connections

T = TypeVar("T")
LONGEST = 60  # seconds; a deadlock or a lock that nobody gives back fails the test instead of hanging it
MOST_ROUNDS = 30  # of a control, until the race is seen

# For a whole file of races. With REQUIRE_SERVICES=1 a missing PostgreSQL is a failure, not a reason to skip.
ON_POSTGRES = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql" and os.environ.get("REQUIRE_SERVICES") != "1",
        reason="needs PostgreSQL: SQLite has one writer at a time",
    ),
]


def on_postgres(test: Callable[..., None]) -> Callable[..., None]:
    """For one race among other tests."""
    for mark in ON_POSTGRES:
        test = mark(test)
    return test


def at_once(*works: Callable[[], T]) -> list[T | Exception]:
    """What each returned or raised, in the order given. All start in the same instant."""
    together = threading.Barrier(len(works))
    outcomes: list[T | Exception] = [TimeoutError()] * len(works)

    def run(place: int, work: Callable[[], T]) -> None:
        try:
            together.wait(LONGEST)
            outcomes[place] = work()
        except Exception as refusal:  # every outcome is looked at by the test
            outcomes[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work), daemon=True) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    return outcomes


def sooner_or_later(is_seen: Callable[[], bool]) -> bool:
    """Whether what only happens in some rounds happens in one of them: a control shows a race, which a single round on
    a busy machine may well not have. Each call is a round, with rows of its own."""
    return any(is_seen() for _ in range(MOST_ROUNDS))
