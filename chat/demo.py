"""A conversation of alice and bob that is there when the demo is loaded."""

from accounts.models import User
from chat import actions
from core.network import NOWHERE
from rooms.actions import start_conversation
from rooms.callers import Caller
from rooms.models import Member

LINES = (
    ("alice", "Hi Bob! Are you coming to The Plaza later?"),
    ("bob", "Sure. I want to hear about your *new tea*."),
    ("alice", "Then bring a cup. It is too good for one person alone."),
)


def load() -> None:
    alice = User.objects.get(username="alice")
    started = start_conversation(caller=Caller(alice, frozenset(), NOWHERE), people=["@bob"])
    if not started.created:
        return
    seats = Member.objects.filter(space=started.space).select_related("user")
    by_name = {seat.user.username: seat.pk for seat in seats if seat.user}
    for number, (name, body) in enumerate(LINES):
        actions.post_message(actions.Draft(started.channel.pk, by_name[name], f"demo-{number}", body))
