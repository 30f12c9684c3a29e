"""Jobs without Redis: kombu's filesystem transport, with files that appear and disappear whole.

kombu writes a message into a file that readers already see, and takes it by way of the system's temporary folder. A
reader in the same moment finds half a message. Here a file gets its name when it is complete, and is taken by renaming
within the broker's own folder.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

TRANSPORT = "core.broker:Transport"
POLL_SECONDS = 0.1
DRAIN_SECONDS = 0.5


def folders(root: Path) -> dict[str, str]:
    """The transport's folders under `root`, made."""
    for name in ("queue", "control"):
        (root / name).mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(root / "queue"),
        "data_folder_out": str(root / "queue"),
        "control_folder": str(root / "control"),
    }


def waiting(root: Path) -> int:
    """How many messages nobody has taken yet. OSError if the folder cannot be read."""
    with os.scandir(folders(root)["data_folder_in"]) as entries:
        return sum(entry.name.endswith(".msg") for entry in entries)


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **_options: Any) -> None:  # type: ignore[override]  # kombu names it twice
        folder = Path(self.data_folder_out)
        draft = folder / f"{uuid.uuid4()}.draft"
        draft.write_text(dumps(message), encoding="utf-8")
        # Names sort by age, also after a reboot: a monotonic clock would start anew.
        draft.rename(folder / f"{time.time_ns():020}_{draft.stem}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - kombu gives it none
        ending = f"{queue}.msg"
        folder = Path(self.data_folder_in)
        for waits in sorted(path for path in folder.iterdir() if path.name.partition(".")[2] == ending):
            taken = waits.with_name(f"{waits.name}.taken")
            try:
                waits.rename(taken)
            except FileNotFoundError:  # another worker was quicker
                continue
            payload = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(payload)
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel
    polling_interval = POLL_SECONDS

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Celery asks for two seconds at a time, and between them it hears that it shall stop."""
        super().drain_events(connection, timeout=min(timeout or DRAIN_SECONDS, DRAIN_SECONDS), **kwargs)
