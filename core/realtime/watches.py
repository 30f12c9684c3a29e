"""Whose presence a page shows without sharing a channel with them: each socket names a set of people."""

from collections.abc import Collection

from core.realtime.events import Event
from core.realtime.sockets import Socket

TOPIC = "watched"


def topic_of(person: int) -> str:
    return f"{TOPIC}:{person}"


class Watches:
    """One per hub. A socket that has asked collects what comes, until its answer has gone out (`open`)."""

    def __init__(self) -> None:
        self._sockets: dict[str, set[Socket]] = {}

    def hold(self, socket: Socket, people: Collection[int]) -> None:
        """From now on these instead of those before."""
        self._follow(socket, {topic_of(person) for person in people})
        socket.news = {}

    def open(self, socket: Socket, people: Collection[int]) -> None:
        """The socket has been told what these are; the others it may not see."""
        news, socket.news = socket.news or {}, None
        self._follow(socket, {topic_of(person) for person in people})
        for topic, event in news.items():
            if topic in socket.watched:
                socket.push_event(event)

    def leave(self, socket: Socket) -> None:
        self._follow(socket, set())
        socket.news = None

    def take(self, topic: str, events: tuple[Event, ...]) -> None:
        for socket in self._sockets.get(topic, ()):
            for event in events:
                if socket.news is None:
                    socket.push_event(event)
                else:
                    socket.news[topic] = event

    def _follow(self, socket: Socket, topics: set[str]) -> None:
        for topic in socket.watched - topics:
            sockets = self._sockets[topic]
            sockets.discard(socket)
            if not sockets:
                del self._sockets[topic]
        for topic in topics - socket.watched:
            self._sockets.setdefault(topic, set()).add(socket)
        socket.watched = topics
