"""What pages of other apps show of conversations: how many wait, in the rail; ways to somebody, on their profile."""

from typing import Any

import structlog
from django import template
from django.db import DatabaseError

from accounts.models import User
from chat import unread
from core.network import NOWHERE
from rooms.callers import Caller
from rooms.models import PersonBlock

log = structlog.get_logger(__name__)
register = template.Library()


@register.simple_tag(takes_context=True)
def conversations_unread(context: dict[str, Any]) -> int:
    """One query. 0 when the database is away: the rail is on pages that say so."""
    user = context.get("user")
    if not isinstance(user, User):
        return 0
    try:
        return unread.conversations_unread(Caller(user, frozenset(), NOWHERE))
    except DatabaseError:
        log.warning("rail_without_database", exc_info=True)
        return 0


@register.inclusion_tag("chat/_person_ways.html", takes_context=True)
def person_ways(context: dict[str, Any], person: User) -> dict[str, Any]:
    """For who is signed in and looks at somebody else."""
    request = context["request"]
    return {
        "request": request,
        "csrf_token": context["csrf_token"],
        "username": person.username,
        "is_blocked": PersonBlock.objects.filter(by=request.user, of=person).exists(),
    }
