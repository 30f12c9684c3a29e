"""What lets pytest-benchmark run with today's pytest."""

from typing import Any


def pytest_itemcollected(item: Any) -> None:
    item._nodeid = item.nodeid  # pytest-benchmark 5.2.3 reads it there, and pytest 9.2 keeps it elsewhere
