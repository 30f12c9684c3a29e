"""From ten thousand sockets to a million, on paper: `python3 run.py bench scaling [--figures chat.json]`.

A discrete model of one web process among equals: messages arrive at random, the hub takes what waits, pays for it and
gathers the next meanwhile, as ours does. What a step costs is a number that `bench chat` measured (`--figures`, its
--json), or the default printed with the answer. Nothing here is a promise for another machine: change a cost and look
what gives way first.
"""

import argparse
import json
import random
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FULL = 0.7  # of a core or of a database: from here on waiting grows without end at the next crowd
SECONDS = 5.0  # of the model's time, for each set-up
GAP = 0.005  # that the hub leaves between two turns under load, at most
QUICKEST = 0.0005
MOST_SOCKETS = 20_000  # of a process: when it dies they all come back, at a few hundred handshakes a second
COPIES = 10  # that Redis sends to listeners in the time that it takes to receive one


@dataclass(frozen=True)
class Costs:
    """Seconds of processor time, but for the last two."""

    frame: float = 12e-6  # to bring one frame to one socket, whatever is in it
    event: float = 1.5e-6  # for each further event in a frame
    publish: float = 60e-6  # to order and encode a message that has seats here
    hint: float = 7e-6  # to hear of one from another process, and to drop it if nobody here is concerned
    store: float = 150e-6  # of the process that a message comes in by, its check and its answer included
    commit: float = 60e-6  # of the database, in a batch
    bus: float = 100_000.0  # publications a second that one Redis carries
    socket_kib: float = 20.0


@dataclass(frozen=True)
class World:
    sockets: int
    rooms_of: int  # members of a room
    rooms_each: int  # that a socket listens to
    said: float  # messages a second and socket
    processes: int
    is_sharded: bool = False  # each process hears only of the channels that have seats on it
    databases: int = 1

    @property
    def messages(self) -> float:
        return self.sockets * self.said

    @property
    def rooms(self) -> int:
        return max(1, self.sockets * self.rooms_each // self.rooms_of)

    @property
    def seats_here(self) -> float:
        """Of a room, on one process: people come to any."""
        return self.rooms_of / self.processes

    @property
    def concerned(self) -> float:
        """Share of the rooms that have a seat on one process."""
        return 1 - (1 - 1 / self.processes) ** self.rooms_of


def turns(world: World, costs: Costs, dice: random.Random) -> Iterator[tuple[float, float, int]]:
    """Of each turn of the hub: how long a message in it has waited, what it cost, how many there were."""
    heard = world.messages * (world.concerned if world.is_sharded else 1.0)
    here = world.sockets / world.processes
    now, lasted = 0.0, GAP
    while now < SECONDS:
        waiting = poisson(dice, heard * lasted)
        concerned = waiting if world.is_sharded else poisson(dice, waiting * world.concerned)
        seats = concerned * world.seats_here / world.concerned
        touched = here * (1 - (1 - min(1.0, seats / max(concerned, 1) / here)) ** concerned)
        cost = (
            waiting * costs.hint + concerned * costs.publish + poisson(dice, world.messages / world.processes * lasted)
            * costs.store + touched * costs.frame + (seats - touched) * costs.event
        )  # fmt: skip
        if waiting:
            yield dice.random() * (lasted + cost), cost, waiting
        lasted = max(cost + min(GAP, cost), QUICKEST)
        now += lasted


def poisson(dice: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(dice.gauss(mean, mean**0.5)))
    count, left = 0, dice.expovariate(1.0) if mean > 0 else 1.0
    while mean > 0 and left < mean:
        count += 1
        left += dice.expovariate(1.0)
    return count


def answer(world: World, costs: Costs) -> dict[str, object]:
    made = list(turns(world, costs, random.Random(1)))
    cpu = sum(cost for _, cost, _ in made) / SECONDS
    waits = sorted(wait for wait, _, count in made for _ in range(min(count, 50)))
    loads = {
        "web processes": cpu,
        "the database": world.messages * costs.commit / world.databases,
        "Redis": redis_load(world, costs),
    }
    first = max(loads, key=lambda name: loads[name])
    return {
        "cpu": cpu, "database": loads["the database"], "bus": loads["Redis"],
        "p50": statistics.median(waits) * 1000, "p99": waits[int(len(waits) * 0.99)] * 1000,
        "holds": all(load < FULL for load in loads.values()), "first": first,
        "memory_gib": world.sockets / world.processes * costs.socket_kib / 1024**2,
    }  # fmt: skip


def redis_load(world: World, costs: Costs) -> float:
    """It copies each message to every process that listens; sharded, to those that have seats, and by several Redis."""
    if world.processes == 1:
        return 0.0
    copies = world.processes * (world.concerned if world.is_sharded else 1.0)
    shards = world.databases if world.is_sharded else 1
    return world.messages * (1 + copies / COPIES) / costs.bus / shards


def smallest(world: World, costs: Costs) -> World:
    """As few processes as hold it, or 512 that do not."""
    for processes in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
        tried = replace(world, processes=processes)
        found = answer(tried, costs)
        if found["holds"] and world.sockets / processes <= MOST_SOCKETS:
            break
    return tried


def measured(path: Path | None) -> Costs:
    """The costs that `bench chat` has found on some machine, where it looked."""
    if path is None:
        return Costs()
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    found: dict[str, float] = {}
    if "growth" in rows:
        small, large = rows["growth"]["lines"][0]["ours"] / 1e6, rows["growth"]["lines"][-1]["ours"] / 1e6
        found |= {"frame": small, "event": large}
    if "memory" in rows:
        found["socket_kib"] = rows["memory"]["lines"][0]["ours"]
    if "stored" in rows:
        run = rows["stored"]["runs"]["PostgreSQL"][0]
        found |= {"store": run["server_cpu"] / run["acked"], "commit": run["database_cpu"] / run["acked"]}
    return replace(Costs(), **found)


def main() -> None:
    options = argparse.ArgumentParser(description="A model of one, many and very many web processes.")
    options.add_argument("--figures", type=Path, help="costs from `bench chat --json`")
    options.add_argument("--rooms-of", type=int, default=100, help="members of a room")
    options.add_argument("--rooms-each", type=int, default=5, help="rooms that a socket listens to")
    options.add_argument("--said", type=float, default=0.005, help="messages a second and socket")
    asked = options.parse_args()
    costs = measured(asked.figures)
    print("Costs:", ", ".join(f"{name} {value:g}" for name, value in asdict(costs).items()))
    print(f"Assumed: rooms of {asked.rooms_of}, {asked.rooms_each} each, {asked.said:g} messages/s and socket; sockets")
    print(f"and rooms are spread evenly; a core or a database is full at {FULL:.0%}; a process has")
    print(f"at most {MOST_SOCKETS:,} sockets; the network is not the limit.\n")
    print(
        end="",
    )
    columns = f"{'sockets':>9}  bus      databases processes CPU each database  Redis      p50      p99  memory each"
    print(columns, " what gives way first")
    for sockets in (10_000, 100_000, 1_000_000):
        for is_sharded, databases in ((False, 1), (True, 1), (True, 8)):
            start = World(sockets, asked.rooms_of, asked.rooms_each, asked.said, 1, is_sharded, databases)
            world = smallest(start, costs)
            print(line(world, answer(world, costs)))


def line(world: World, found: dict[str, object]) -> str:
    bus = "sharded" if world.is_sharded else "one"
    verdict = "holds" if found["holds"] else "does NOT hold"
    return (
        f"{world.sockets:>9,}  {bus:<8} {world.databases:>9} {world.processes:>9} {found['cpu']:>8.0%} "
        f"{found['database']:>8.0%} {found['bus']:>6.0%} {found['p50']:>5.1f} ms {found['p99']:>5.1f} ms  "
        f"{found['memory_gib']:>7.2f} GiB  {found['first']} ({verdict})"
    )


if __name__ == "__main__":
    main()
