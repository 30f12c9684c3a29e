"""How often somebody may do something.

A rate is written `20/5s`: 20 in 5 seconds, all at once if need be. The generic cell rate algorithm keeps one number
per key (when the allowance will be whole again), so a refused try costs nothing and says exactly how long to wait.
"""

import re
import threading
import time
from dataclasses import dataclass
from typing import Self

import redis
from django.conf import settings
from django.core.cache import cache

from core.errors import SlowDown

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"([0-9]{1,9})/([0-9]{0,6})(s|min|h|d)")


@dataclass(frozen=True)
class Rate:
    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`20/5s`, `600/min`. Raises ValueError with a sentence."""
        found = _FORM.fullmatch(text)
        if not found or int(found[1]) < 1 or int(found[2] or 1) < 1:
            raise ValueError("a rate looks like 20/5s or 600/min")
        return cls(int(found[1]), int(found[2] or 1) * _UNITS[found[3]])

    def next_state(self, whole_at: float, now: float) -> tuple[float, float]:
        """The new state and 0.0 if one more may pass; the old state and the seconds to wait if not."""
        interval = self.seconds / self.count
        after = max(whole_at, now) + interval
        wait = after - now - self.seconds
        return (whole_at, wait) if wait > 1e-9 else (after, 0.0)


def named_rate(name: str) -> Rate:
    """The rate of the setting `RATE_<name>`."""
    return Rate.parse(getattr(settings, f"RATE_{name}"))


def spend(name: str, key: str) -> float:
    """Take one from the allowance `RATE_<name>` of `key`: seconds to wait, 0.0 if it passed.

    Shared by all processes through the cache. While that is away each process counts for itself: a dead Redis must
    neither refuse everybody nor open the door to guessing. Threads of a process take turns, so that guesses sent at
    once do not all find the same allowance; between processes one more each may slip through.
    """
    rate = named_rate(name)
    with _turns[hash((name, key)) % len(_turns)]:
        if _shared.is_there():
            try:
                return _spend_shared(rate, f"rate:{name}:{key}")
            except (redis.RedisError, OSError):
                _shared.was_away()
        return _alone.setdefault(name, LocalRates(rate)).spend(key)


def _spend_shared(rate: Rate, cache_key: str) -> float:
    state, wait = rate.next_state(cache.get(cache_key, 0.0), time.time())
    if not wait:
        cache.set(cache_key, state, timeout=rate.seconds + 1)
    return wait


def take(name: str, key: str) -> None:
    """`spend`, as a refusal. Raises SlowDown."""
    if wait := spend(name, key):
        raise SlowDown(retry_after=wait)


class LocalRates:
    """Allowances of this process alone: for what happens too often to ask a cache, like frames of a socket."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._whole_at: dict[str, float] = {}
        self._pruned_at = time.monotonic()

    def spend(self, key: str) -> float:
        now = time.monotonic()
        if now - self._pruned_at > 60:
            self._whole_at = {key: at for key, at in self._whole_at.items() if at > now}
            self._pruned_at = now
        self._whole_at[key], wait = self._rate.next_state(self._whole_at.get(key, 0.0), now)
        return wait


class _SharedCache:
    """A hung Redis costs whoever asks it their timeout, and those who wait for their turn as well: once it did not
    answer, nobody asks for a while."""

    PAUSE = 5  # seconds

    def __init__(self) -> None:
        self._away_until = 0.0

    def is_there(self) -> bool:
        return time.monotonic() >= self._away_until

    def was_away(self) -> None:
        self._away_until = time.monotonic() + self.PAUSE


_shared = _SharedCache()
_alone: dict[str, LocalRates] = {}
_turns = [threading.Lock() for _ in range(64)]  # a key has one of them; others rarely wait for it
