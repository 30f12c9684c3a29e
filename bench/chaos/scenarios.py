"""The scenarios by name. Each yields its results."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bench.chaos import backup, bad_peers, frames, jobs, messages, payments, seeing
from bench.chaos.results import Result
from bench.chaos.services import Lab


class Settings(NamedTuple):
    rounds: int  # blows
    short: bool

    @property
    def pause(self) -> tuple[float, float]:
        """Seconds between two blows."""
        return (1.0, 2.5) if self.short else (4.0, 12.0)

    @property
    def is_whole(self) -> bool:
        return self.rounds >= 20 and not self.short

    def few(self, at_most: int) -> int:
        """For what takes long in itself."""
        return min(self.rounds, at_most)


Scenario = Callable[[Lab, Settings], Iterator[Result]]


def see(lab: Lab, settings: Settings) -> Iterator[Result]:
    yield seeing.prove(lab, ["lost"] if settings.short else list(seeing.SIGNS), 3 if settings.short else 6)


def kill(*targets: str) -> Scenario:
    def scenario(lab: Lab, settings: Settings) -> Iterator[Result]:
        yield messages.strike(lab, list(targets), "kill", settings.rounds, settings.pause)

    scenario.__name__ = f"kill {', '.join(targets)}"
    return scenario


def stop(lab: Lab, settings: Settings) -> Iterator[Result]:
    """Each part for 15 seconds: it keeps its connections and answers nothing."""
    for target in ("web", "worker", "redis", "postgres"):
        yield messages.strike(lab, [target], "stop", settings.few(3), (1.0, 2.0))


def cut(lab: Lab, settings: Settings) -> Iterator[Result]:
    yield messages.strike(lab, ["line"], "cut", settings.few(10), (8.0, 12.0))


def work(lab: Lab, settings: Settings) -> Iterator[Result]:
    yield jobs.kill_worker(lab, 3 if settings.short else 10, wait_for_claims=settings.is_whole)


def pay(lab: Lab, settings: Settings) -> Iterator[Result]:
    yield payments.kill_while_paying(lab, settings.rounds, settings.pause)


def bad(what: str, whole: float, short: float) -> Scenario:
    """`whole` and `short` are seconds."""

    def scenario(lab: Lab, settings: Settings) -> Iterator[Result]:
        yield bad_peers.all_of_them(lab, what, whole if settings.is_whole else short)

    scenario.__name__ = what
    return scenario


def throw(lab: Lab, settings: Settings) -> Iterator[Result]:
    yield frames.throw(lab, 10_000 if settings.short else 100_000)


def back_up(lab: Lab, _settings: Settings) -> Iterator[Result]:
    for embedded in (False, True):
        yield backup.back_up(lab, embedded=embedded)


SCENARIOS: dict[str, Scenario] = {
    "see": see,
    "kill-web": kill("web"),
    "kill-worker": kill("worker"),
    "kill-redis": kill("redis"),
    "kill-postgres": kill("postgres"),
    "kill-embedded": kill("embedded"),
    "kill-all": kill("web", "redis", "postgres", "worker"),
    "stop": stop,
    "cut": cut,
    "jobs": work,
    "payments": pay,
    "slow-readers": bad("slow", 10, 8),
    "half-open": bad("half-open", 10, 5),
    "idle": bad("idle", 600, 40),
    "frames": throw,
    "backup": back_up,
}
SHORT = ["see", "kill-all"]
LONG = [name for name in SCENARIOS if name != "kill-all"]  # which has one after the other
