"""The rows of the table, each a question with a goal. docs/performance.md tells of the method."""

import random
import re
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import machine
import ours
import peer
from laboratory import (
    Figures,
    Laboratory,
    Line,
    Result,
    Runs,
    Side,
    a_second,
    cpu_share,
    gathered,
    median,
    per_cpu_second,
    percentile,
    turned,
    void,
)  # fmt: skip

TIE = 1.05  # nearer than this is as fast
BOTH = f"{machine.SERVER},{machine.CLIENT}"
FOURS = [[socket // 4] for socket in range(200)]  # 50 rooms


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    measure: Callable[[Laboratory], Result]


# --- The hub alone, beside a plain broadcast ------------------------------------------------------------------------


@contextmanager
def plain(rooms: Sequence[Sequence[int]]) -> Iterator[dict[str, Side]]:
    named = [[str(room + 1) for room in own] for own in rooms]
    with ours.hub_only() as (ports, pids), peer.running() as (peer_ports, peer_pids):
        yield {
            "ours": Side("plaza", ports, pids, named),
            "peer": Side("socket.io", peer_ports, peer_pids, named),
        }


ONE_ROOM = [[0]] * 500


def one_room(lab: Laboratory) -> Result:
    with plain(ONE_ROOM) as sides:
        runs = lab.in_turn(sides, senders=every(5, 500))
    return saturated("one room of 500, saturated, 100 senders; hub only", runs, at_least=10)


def many_rooms(lab: Laboratory) -> Result:
    dice = random.Random(7)
    rooms = [dice.sample(range(100), 10) for _ in range(1000)]
    with plain(rooms) as sides:
        runs = lab.in_turn(sides, senders=every(10, 1000))
    return saturated("1,000 sockets in 10 of 100 rooms each, saturated, 100 senders; hub only", runs, at_least=4)


def saturated(what: str, runs: Runs, at_least: float) -> Result:
    line = Line(
        what, median(runs["ours"], per_cpu_second), median(runs["peer"], per_cpu_second),
        "deliveries per server-CPU-second", f"≥ {at_least:g} ×",
        note=f"events in a frame: {gathered(runs['ours'])}, peer {gathered(runs['peer'])}",
    )  # fmt: skip
    line.met = line.ratio is not None and line.ratio >= at_least
    return Result([line], runs, void(runs))


def half_load(lab: Laboratory) -> Result:
    """At half of what the peer can, found by a run just before."""
    with plain(ONE_ROOM) as sides:
        limit = lab.load(sides["peer"], senders=every(5, 500))
        rate = 0.5 * limit["events"] / len(ONE_ROOM) / max(limit["server_cpu"], 0.01)
        runs = lab.in_turn(sides, senders=every(5, 500), pace="rate", rate=rate)
    what = f"one room of 500 at half of the peer's limit ({rate:.0f} messages/s), 100 senders; hub only"
    lines = [
        least(f"{what}: CPU", runs, cpu_share, "of a core", most=0.85),
        least("… p50", runs, percentile("latency", "p50"), "ms"),
        least("… p99", runs, percentile("latency", "p99"), "ms"),
    ]
    return Result(lines, runs, void(runs))


def least(what: str, runs: Runs, reading: Callable[..., float], unit: str, *, most: float = 1.0) -> Line:
    """A line where less is better: ours at most so many times the peer's."""
    line = Line(what, median(runs["ours"], reading), median(runs["peer"], reading), unit, f"≤ {most:g} ×")
    line.met = line.ratio is not None and line.ratio <= (TIE if most == 1.0 else most)
    return line


def growth(lab: Laboratory) -> Result:
    """1,000 sockets and 100 senders each time: in rooms of 10, of 100, and all in one."""
    found: Runs = {}
    with plain([[0]] * 1000) as sides:
        for size in (10, 100, 1000):
            rooms = [[str(1 + socket // size)] for socket in range(1000)]
            side = Side("plaza", sides["ours"].ports, sides["ours"].servers, rooms)
            found[str(size)] = [lab.load(side, senders=every(10, 1000)) for _ in range(lab.repeat)]
    costs = {size: 1e6 / median(runs, per_cpu_second) for size, runs in found.items()}
    ordered = list(costs.values())
    lines = [
        Line(f"CPU for a delivery in rooms of {size}; hub only", cost, None, "µs", "falls or stays",
             met=index == 0 or cost <= ordered[index - 1] * TIE, note=f"events in a frame: {gathered(found[size])}")
        for index, (size, cost) in enumerate(costs.items())
    ]  # fmt: skip
    return Result(lines, found, void(found))


def every(step: int, count: int) -> list[int]:
    return list(range(0, count, step))


# --- As shipped: signed in, checked, stored before it is acknowledged -----------------------------------------------


@contextmanager
def shipped(
    plaza: ours.Plaza,
    rooms: Sequence[Sequence[int]],
    *,
    processes: int = 1,
    cores: str = machine.SERVER,
    redis: str = "",
) -> Iterator[Side]:
    tokens, channels = plaza.people(len(rooms), turned(rooms))
    with plaza.running(processes=processes, cores=cores, redis=redis) as (ports, pids):
        yield Side("plaza", ports, pids, [[channels[room] for room in own] for own in rooms], tokens, plaza.database)


@contextmanager
def storing_peer(lab: Laboratory, rooms: Sequence[Sequence[int]]) -> Iterator[Side]:
    with ours.own_database(lab.postgres) as name, peer.running(store=f"{lab.postgres}/{name}") as (ports, pids):
        yield Side("socket.io", ports, pids, [[str(room) for room in own] for own in rooms], database=name)


def as_shipped(lab: Laboratory) -> Result:
    lines: list[Line] = []
    all_runs: Runs = {}
    shapes = {"one room of 200": [[0]] * 200, "50 rooms of 4": FOURS}
    with ours.installed(lab.postgres) as plaza:
        for name, rooms in shapes.items():
            with shipped(plaza, rooms) as our_side, storing_peer(lab, rooms) as peer_side:
                runs = lab.in_turn({"ours": our_side, "peer": peer_side}, senders=every(1, 200), pace="ack", acks=True)
            lines += stored_lines(f"as shipped, 200 senders in {name}, PostgreSQL", runs)
            all_runs |= {f"{side} in {name}": made for side, made in runs.items()}
    return Result(lines, all_runs, void(all_runs))


def stored_lines(what: str, runs: Runs) -> list[Line]:
    rate = Line(f"{what}: stored and acknowledged", median(runs["ours"], a_second("acked")),
                median(runs["peer"], a_second("acked")), "messages/s", "≥ 3 ×")  # fmt: skip
    rate.met = rate.ratio is not None and rate.ratio >= 3
    rate.note = "CPU of server and database, of a core: " + "; ".join(
        f"{side} {median(made, cpu_share):.2f} and {median(made, a_second('database_cpu')):.2f}"
        for side, made in runs.items()
    )
    return [rate, least("… p99 of the answer", runs, percentile("ack", "p99"), "ms")]


def low_rate(lab: Laboratory) -> Result:
    rooms = [[0]] * 200
    with (
        ours.own_redis() as our_redis, ours.own_redis() as peer_redis, ours.installed(lab.postgres) as plaza,
        shipped(plaza, rooms, redis=our_redis) as our_side, peer.running(redis=peer_redis) as (ports, pids),
    ):  # fmt: skip
        sides = {"ours": our_side, "peer": Side("socket.io", ports, pids, [["1"]] * 200)}
        runs = lab.in_turn(sides, senders=every(10, 200), pace="rate", rate=20, seconds=max(5.0, lab.seconds))
    what = "low rate: 200 sockets in one room, 20 messages/s; ours stored on PostgreSQL, the peer's not; Redis"
    lines = [
        least(f"{what}: p50", runs, percentile("latency", "p50"), "ms"),
        least("… p99", runs, percentile("latency", "p99"), "ms"),
    ]
    return Result(lines, runs, void(runs))


def memory(lab: Laboratory) -> Result:
    """Fresh servers each time, after a few sockets that make them load what they load once."""
    runs: Runs = {"ours": [], "peer": []}
    rooms: list[list[str]] = [[] for _ in range(lab.sockets)]
    with ours.installed() as plaza:
        tokens, _channels = plaza.people(lab.sockets, [])
        for _ in range(lab.repeat):
            with plaza.running() as (ports, pids):
                runs["ours"].append(idle(lab, Side("plaza", ports, pids, rooms, tokens)))
            with peer.running() as (ports, pids):
                runs["peer"].append(idle(lab, Side("socket.io", ports, pids, rooms)))
    what = f"memory of an idle socket, {lab.sockets:,} of them; ours signed in, the peer's not"
    line = least(what, runs, lambda run: grown(run) / lab.sockets / 1024, "KiB", most=1.15)
    return Result([line], runs, void(runs))


def grown(run: Figures) -> float:
    return float(run["resident_after"] - run["resident_before"])


def idle(lab: Laboratory, side: Side) -> dict[str, object]:
    few = Side(side.dialect, side.ports, side.servers, side.rooms[:50], side.tokens[:50])
    lab.load(few, pace="idle", warm=0.5, seconds=0.5)
    return lab.load(side, pace="idle", warm=8.0, seconds=2.0)


def ten_thousand(lab: Laboratory) -> Result:
    """In two processes on both cores, which the client, PostgreSQL and Redis share; with what garbage cost them."""
    rooms = [[socket // 100] for socket in range(lab.sockets)]
    runs: Runs = {"ours": []}
    garbage: list[str] = []
    with ours.own_redis() as redis, ours.installed(lab.postgres) as plaza:
        for _ in range(max(1, lab.repeat // 2)):
            with shipped(plaza, rooms, processes=2, cores=BOTH, redis=redis) as side:
                seconds = max(60.0, lab.seconds) if lab.sockets >= 10_000 else lab.seconds
                order = {"senders": every(100, lab.sockets), "pace": "rate", "rate": 65.0, "reconnects": 50.0}
                runs["ours"].append(lab.load(side, client=BOTH, warm=5.0, sampled=200, seconds=seconds, **order))
                garbage = [pauses(port) for port in side.ports]
    p99 = median(runs["ours"], percentile("latency", "p99"))
    what = f"{lab.sockets:,} sockets in rooms of 100, 2 processes, 65 messages/s, 50 reconnects/s: p99"
    note = (
        f"{median(runs['ours'], a_second('events')):.0f} deliveries/s; p50 "
        f"{median(runs['ours'], percentile('latency', 'p50')):.1f} ms; reconnecting takes "
        f"{median(runs['ours'], percentile('reconnect', 'p50')):.0f} ms; collecting garbage, by process: "
        f"{'; '.join(garbage)}"
    )
    return Result([Line(what, p99, None, "ms", "< 35", p99 < 35, note)], runs, void(runs))


PAUSE = re.compile(r'garbage_collection_seconds_(bucket|count|sum)\{generation="(\w+)"(?:,le="([^"]+)")?\} (\S+)')


def pauses(port: int) -> str:
    """Of a web process, as its /metrics has them since its start (core/collecting.py)."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found = PAUSE.findall(answer.read().decode())
    shown = []
    for name in ("young", "recent", "all"):
        mine = {(kind, edge): float(value) for kind, which, edge, value in found if which == name}
        if count := mine.get(("count", ""), 0.0):
            longest = next(edge for (kind, edge), value in mine.items() if kind == "bucket" and value == count)
            shown.append(f"{name} {count:.0f} x, {mine['sum', ''] / count * 1000:.1f} ms each, none over {longest} s")
    return ", ".join(shown)


def sustained(lab: Laboratory) -> Result:
    runs: Runs = {}
    with ExitStack() as stack:
        sides = {
            name: stack.enter_context(shipped(stack.enter_context(ours.installed(postgres)), FOURS))
            for name, postgres in (("SQLite", ""), ("PostgreSQL", lab.postgres))
        }
        runs = lab.in_turn(sides, senders=every(1, 200), pace="ack", acks=True, window=8)
    lines = [storing(f"stored and acknowledged, 200 senders in 50 rooms, {name}", made) for name, made in runs.items()]
    return Result(lines, runs, void(runs))


def storing(what: str, runs: Sequence[Figures], goal: float = 6500) -> Line:
    rate = median(runs, a_second("acked"))
    note = (
        f"server {median(runs, cpu_share):.2f} of a core, database {median(runs, a_second('database_cpu')):.2f}; "
        f"p99 of the answer {median(runs, percentile('ack', 'p99')):.0f} ms"
    )
    return Line(what, rate, None, "messages/s", f"≥ {goal:,.0f}" if goal else "", rate >= goal if goal else None, note)


def processes(lab: Laboratory) -> Result:
    """What one, two and four web processes store, all on the same two cores, beside the client and PostgreSQL."""
    runs: Runs = {}
    with ours.own_redis() as redis, ours.installed(lab.postgres) as plaza:
        for count in (1, 2, 4):
            with shipped(plaza, FOURS, processes=count, cores=BOTH, redis=redis) as side:
                order = {"senders": every(1, 200), "pace": "ack", "acks": True, "window": 8}
                runs[str(count)] = [lab.load(side, client=BOTH, **order) for _ in range(lab.repeat)]
    lines = [storing(f"{count} web processes, 200 senders in 50 rooms", made, 0) for count, made in runs.items()]
    return Result(lines, runs, void(runs))


ROWS = [
    Row("room", "One room, saturated", one_room),
    Row("rooms", "Many rooms, saturated", many_rooms),
    Row("half", "Half load", half_load),
    Row("shipped", "As shipped", as_shipped),
    Row("low", "Low rate", low_rate),
    Row("memory", "Memory of idle sockets", memory),
    Row("crowd", "Ten thousand sockets", ten_thousand),
    Row("stored", "Sustained storing", sustained),
    Row("growth", "Cost as rooms grow", growth),
    Row("processes", "One, two and four web processes", processes),
]
