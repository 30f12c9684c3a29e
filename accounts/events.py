"""What sockets hear of a change to somebody's access."""

from accounts.models import User
from core.realtime import RECHECK, publish


def access_revoked(user: User) -> None:
    """After commit: every hub asks which of this person's sockets may stay. The one-second look finds it as well."""
    publish(f"person:{user.pk}", RECHECK)
