"""What billing adds to the staff's page of a person, which lies below."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import staff_of
from accounts.models import User
from billing import actions
from billing.staff_forms import GivePlanForm
from core.network import client_ip
from core.staff_pages import Act, add_act


def _give(user: User, request: HttpRequest, form: Any) -> object:
    return actions.give_plan(user=user, by=staff_of(request), address=client_ip(request), **form.cleaned_data)


def register_all() -> None:
    add_act(
        "accounts.user",
        Act(
            name="give_plan",
            fits=lambda user: user.erased_at is None,
            label=_("Give a plan"),
            done=_("The plan was given to: %(names)s"),
            run=_give,
            form=GivePlanForm,
            icon="workspace_premium",
        ),
    )
