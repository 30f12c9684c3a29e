"""Every change to plans, memberships and money. Each is one call; `by` is who does it, `address` where from."""

from billing.actions.asking import ask_again
from billing.actions.checkout import open_checkout
from billing.actions.events import process_again, process_events, take_event
from billing.actions.fulfilment import fulfil, fulfil_again, fulfil_row
from billing.actions.plans import change_offer, change_plan, give_plan, take_back
from billing.actions.refunds import ask_refund, hear_refunds, send_refund
from billing.actions.settling import settle_payment, settle_what_waits
from billing.actions.subscriptions import (
    cancel_membership,
    change_membership,
    hear_subscription,
    hear_what_is_due,
    open_portal,
    resume_membership,
    tell_of_trials_that_end,
)

__all__ = [
    "ask_again",
    "ask_refund",
    "cancel_membership",
    "change_membership",
    "change_offer",
    "change_plan",
    "fulfil",
    "fulfil_again",
    "fulfil_row",
    "give_plan",
    "hear_refunds",
    "hear_subscription",
    "hear_what_is_due",
    "open_checkout",
    "open_portal",
    "process_again",
    "process_events",
    "resume_membership",
    "send_refund",
    "settle_payment",
    "settle_what_waits",
    "take_back",
    "take_event",
    "tell_of_trials_that_end",
]
