"""The geometry of small charts, drawn as SVG on the server: a box of 100 by 100 that the page stretches."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SIDE = 100.0
STEPS = 4  # lines above the lowest one
MOST_LABELS = 7  # under the chart; more would run into each other on a phone
GAP = 0.28  # of a bar's place

Point = tuple[str, float]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    said: str  # "March: 1,200"


@dataclass(frozen=True)
class Chart:
    kind: str  # line, bar
    rows: list[tuple[str, str]]  # label and value, as words
    ticks: list[str]  # beside the lines, from the top
    lines: list[float]  # their heights
    labels: list[str]  # along the bottom, from the start
    baseline: float
    path: str = ""
    area: str = ""
    bars: tuple[Bar, ...] = ()


def draw(kind: str, points: Sequence[Point], say: Callable[[float], str]) -> Chart:
    """A chart of `points`; `say` turns a value into words. No points make an empty chart."""
    values = [value for _, value in points]
    low, high, step = _scale(values)
    heights = [_height(low + step * number, low, high) for number in range(STEPS, -1, -1)]
    baseline = _height(0, low, high)
    rows = [(label, say(value)) for label, value in points]
    places = line_places(values, low, high)
    return Chart(
        kind=kind,
        rows=rows,
        ticks=[say(low + step * number) for number in range(STEPS, -1, -1)],
        lines=heights,
        labels=_spread([label for label, _ in points], kind),
        baseline=baseline,
        path=_path(places),
        area=_area(places, baseline),
        bars=_bars(values, rows, low, high) if kind == "bar" else (),
    )


def sparkline(values: Sequence[float]) -> str:
    """The path of a line without axes, between its lowest and its highest value."""
    if not values:
        return ""
    low, high = min(values), max(values)
    return _path(line_places(values, low, high if high > low else low + 1))


def line_places(values: Sequence[float], low: float, high: float) -> list[tuple[float, float]]:
    """Where each value is, from the left edge to the right."""
    apart = SIDE / max(1, len(values) - 1)
    return [(round(number * apart, 2), _height(value, low, high)) for number, value in enumerate(values)]


def _scale(values: Sequence[float]) -> tuple[float, float, float]:
    """Lowest line, highest line and the round distance between lines; zero is always in sight."""
    low, high = min([0.0, *values]), max([0.0, *values])
    rough = (high - low) / STEPS or 1.0
    magnitude = 10.0 ** math.floor(math.log10(rough))
    for nice in (1, 1.5, 2, 2.5, 3, 4, 5, 10, 20):
        step = nice * magnitude
        first = math.floor(low / step) * step
        if first + step * STEPS >= high:
            return first, first + step * STEPS, step
    raise AssertionError("Twenty times the magnitude is always enough.")


def _height(value: float, low: float, high: float) -> float:
    return round(SIDE - (value - low) / (high - low) * SIDE, 2)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g},{y:g}" for x, y in places) if places else ""


def _area(places: Sequence[tuple[float, float]], baseline: float) -> str:
    if not places:
        return ""
    return f"{_path(places)} L{places[-1][0]:g},{baseline:g} L{places[0][0]:g},{baseline:g} Z"


def _bars(values: Sequence[float], rows: list[tuple[str, str]], low: float, high: float) -> tuple[Bar, ...]:
    place = SIDE / max(1, len(values))
    zero = _height(0, low, high)
    return tuple(
        Bar(
            x=round(place * (number + GAP / 2), 2),
            y=min(zero, _height(value, low, high)),
            width=round(place * (1 - GAP), 2),
            height=round(abs(zero - _height(value, low, high)), 2),
            said=": ".join(rows[number]),
        )
        for number, value in enumerate(values)
    )


def _spread(labels: list[str], kind: str) -> list[str]:
    """Labels that stand at equal distances. Under bars each has its place, if only an empty one."""
    if len(labels) <= MOST_LABELS:
        return labels
    every = math.ceil(len(labels) / MOST_LABELS)
    if kind == "bar":
        return [label if number % every == 0 else "" for number, label in enumerate(labels)]
    last = len(labels) - 1
    return [labels[round(last * number / (MOST_LABELS - 1))] for number in range(MOST_LABELS)]
