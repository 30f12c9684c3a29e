"""Events to everybody's sockets: `publish` is the one door, from any code, always after commit.

`events.py` holds what travels, `hub.py` fans out inside a process, `bus.py` carries between processes (Redis),
`truth.py` is what the database says when a hint was lost. docs/architecture.md, "Realtime", tells the whole.
"""

from core.realtime.door import publish, publish_each
from core.realtime.events import RECHECK, Event

__all__ = ["RECHECK", "Event", "publish", "publish_each"]
