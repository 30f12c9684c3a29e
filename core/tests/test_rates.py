"""The allowance: all at once if need be, whole again after its time, and a refused try costs nothing."""

import threading

import pytest
import redis
from django.core.cache import cache

from core.rates import LocalRates, Rate, _SharedCache, spend


@pytest.fixture(autouse=True)
def whole_allowances():
    cache.clear()


def tries(rate: Rate, *moments: float) -> list[float]:
    """The seconds to wait at each moment."""
    state, waits = 0.0, []
    for now in moments:
        state, wait = rate.next_state(state, now)
        waits.append(round(wait, 6))
    return waits


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20/5s", Rate(20, 5)),
        ("600/min", Rate(600, 60)),
        ("10/1min", Rate(10, 60)),
        ("1/h", Rate(1, 3600)),
        ("5/2d", Rate(5, 172800)),
    ],
)
def test_a_rate_is_written_like_this(text, rate):
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "20", "20/", "/5s", "0/5s", "20/0s", "20/00s", "20/5", "20/5m", "-1/5s", "20/-5s", "2.5/s", "20 / 5s",
     "20/5s ", "20/5s\n", "1e3/s", "٢/s", "20/٥s", "9999999999/s", "20/5S"],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="a rate looks like"):
        Rate.parse(text)


def test_all_of_it_at_once_and_then_no_more():
    assert tries(Rate(3, 60), 1000, 1000, 1000, 1000) == [0, 0, 0, 20]


def test_all_of_it_at_once_by_a_real_clock():
    now = 1_763_773_200.123456
    assert tries(Rate(20, 5), *[now] * 21)[:20] == [0] * 20
    assert tries(Rate(7, 60), *[now] * 8)[:7] == [0] * 7


def test_it_comes_back_one_by_one():
    assert tries(Rate(3, 60), 0, 0, 0, 19, 20, 20, 39, 60, 60) == [0, 0, 0, 1, 0, 20, 1, 0, 0]


def test_after_its_time_it_is_whole_again_and_not_more():
    assert tries(Rate(2, 10), 0, 0, 1000, 1000, 1000) == [0, 0, 0, 0, 5]


def test_knocking_on_while_refused_makes_the_wait_no_longer():
    assert tries(Rate(1, 10), 0, 1, 2, 3, 10) == [0, 9, 8, 7, 0]


@pytest.mark.parametrize("count", [1, 3, 7, 20, 600])
def test_never_more_than_count_in_any_window(count):
    rate, state, passed = Rate(count, 60), 0.0, []
    for step in range(6 * count + 60):
        now = 1_763_773_200 + step * 60 / (count * 3)
        state, wait = rate.next_state(state, now)
        if not wait:
            passed.append(now)
    worst = max(sum(start <= moment < start + 59.99 for moment in passed) for start in passed)
    assert worst <= 2 * count  # a full burst, and what came back in the meantime


def test_names_and_keys_are_counted_apart(settings):
    settings.RATE_JOINS = settings.RATE_SENDS = "1/min"

    assert spend("JOINS", "person:1") == 0
    assert spend("JOINS", "person:1") > 59
    assert spend("JOINS", "person:2") == 0
    assert spend("SENDS", "person:1") == 0


def test_twenty_at_once_get_no_more_than_their_due(settings):
    settings.RATE_JOINS = "10/min"
    together, waits = threading.Barrier(20), []

    def knock() -> None:
        together.wait()
        waits.append(spend("JOINS", "person:1"))

    threads = [threading.Thread(target=knock) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(not wait for wait in waits) == 10


def test_a_process_alone_counts_the_same():
    rates = LocalRates(Rate(2, 60))

    assert [round(rates.spend(key), 1) for key in "aaab"] == [0, 0, 30, 0]


class DeadCache:
    """What Django's cache does while Redis is away."""

    def __init__(self):
        self.asked = 0

    def get(self, *args):
        self.asked += 1
        raise redis.ConnectionError

    set = get


@pytest.fixture
def dead_cache(monkeypatch):
    dead = DeadCache()
    monkeypatch.setattr("core.rates.cache", dead)
    monkeypatch.setattr("core.rates._shared", _SharedCache())  # the next test's cache is alive
    return dead


def test_a_cache_that_did_not_answer_is_left_alone_for_a_while(dead_cache):
    for _ in range(5):
        spend("API", "somebody while Redis hangs")
    assert dead_cache.asked == 1


def test_while_the_cache_is_away_each_process_counts_for_itself(settings, dead_cache):
    settings.RATE_JOINS = "2/min"

    waits = [spend("JOINS", "somebody while Redis is dead") for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert 29 < waits[2] <= 30
