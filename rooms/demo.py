"""A public room that is open when the demo is loaded."""

from accounts.models import User
from core.network import NOWHERE
from rooms import actions
from rooms.callers import Caller
from rooms.errors import RoomNameTaken

NAME = "The Plaza"


def load() -> None:
    alice = User.objects.get(username="alice")
    try:
        actions.create_room(caller=Caller(alice, frozenset(), NOWHERE), name=NAME, nickname="alice", counts=False)
    except RoomNameTaken:
        return  # it is still open
