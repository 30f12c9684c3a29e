"""Django's database sessions, deaf to keys that cannot be ours.

A quoted cookie may spell a NUL, which PostgreSQL refuses with an error instead of finding nothing.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

_LENGTH = 32


class SessionStore(DatabaseSessionStore):
    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and len(key) == _LENGTH and key.isascii() and key.isalnum()
