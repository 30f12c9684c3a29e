"""Database work off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections
from django.utils.translation import get_language, override

P = ParamSpec("P")
T = TypeVar("T")

_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="plaza-read")


async def in_thread(
    work: Callable[P, T], executor: ThreadPoolExecutor | None = None, /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run in a reader's thread, or in `executor`, in the language of here; connections go back to the pool."""
    language = get_language()

    def run() -> T:
        close_old_connections()
        try:
            with override(language):
                return work(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(executor or _readers, run)
