"""Every change to rooms and their members.

Lock order: what `opening` counts by, then Space, then Channel, then Member, each by primary key. A space's row is
locked by whatever changes who may be in it, so that a ban and a join of the same person cannot pass each other.
"""

from rooms.actions.blocking import block_person, forget_person_blocks, unblock_person
from rooms.actions.direct import (
    MOST_OTHERS,
    Started,
    add_people,
    leave_conversation,
    mute_conversation,
    start_conversation,
)
from rooms.actions.ending import close_room, sweep_room
from rooms.actions.erasure import take_name_off_seats
from rooms.actions.locks import lock_places_of
from rooms.actions.moderation import (
    ban_address,
    ban_member,
    block_member,
    lift_ban,
    note_export,
    unban_member,
    unblock_member,
)
from rooms.actions.opening import create_room
from rooms.actions.ownership import hand_over, possible_owners
from rooms.actions.seats import Seated, join_room, leave_room, room_by_slug

__all__ = [
    "MOST_OTHERS",
    "Seated",
    "Started",
    "add_people",
    "ban_address",
    "ban_member",
    "block_member",
    "block_person",
    "close_room",
    "create_room",
    "forget_person_blocks",
    "hand_over",
    "join_room",
    "leave_conversation",
    "leave_room",
    "lift_ban",
    "lock_places_of",
    "mute_conversation",
    "note_export",
    "possible_owners",
    "room_by_slug",
    "start_conversation",
    "sweep_room",
    "take_name_off_seats",
    "unban_member",
    "unblock_member",
    "unblock_person",
]
