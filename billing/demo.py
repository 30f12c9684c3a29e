"""Premium petra has what her name says."""

from accounts.models import User
from billing import actions, policies
from billing.models import Plan
from core.network import NOWHERE


def load() -> None:
    petra = User.objects.get(username="petra")
    if policies.is_free(petra):
        dana = User.objects.get(username="dana")
        premium = Plan.objects.get(code="premium")
        actions.give_plan(user=petra, plan=premium, until=None, by=dana, address=NOWHERE, reason="Demo")
