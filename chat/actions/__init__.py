"""Every change to messages, and the files that are made of them."""

from chat.actions.messages import (
    Draft,
    Outcome,
    Posted,
    delete_history,
    delete_message,
    edit_message,
    mark_read,
    post_message,
    post_messages,
    post_notice,
    remove_message,
    speaking_seat,
)
from chat.actions.transcripts import (
    ask_transcript,
    make_transcript,
    rate_key,
    throw_away_old_transcripts,
    throw_away_transcripts,
)

__all__ = [
    "Draft",
    "Outcome",
    "Posted",
    "ask_transcript",
    "delete_history",
    "delete_message",
    "edit_message",
    "make_transcript",
    "mark_read",
    "post_message",
    "post_messages",
    "post_notice",
    "rate_key",
    "remove_message",
    "speaking_seat",
    "throw_away_old_transcripts",
    "throw_away_transcripts",
]
