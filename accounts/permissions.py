"""What staff may see and do under `/admin/`, in Django's words, so that its own machinery asks."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import User

# The same for everybody of the staff. What a superuser may do besides: look after the staff (accounts.policies).
STAFF = frozenset(
    {
        "accounts.view_user",
        "accounts.change_user",  # its actions: deactivate, reactivate, sign out, …
        "accounts.view_address",
        "accounts.view_signin",
        "accounts.change_signin",  # revoke
        "accounts.view_auditentry",
        "accounts.view_dataexport",
        "billing.view_plan",  # what plans allow is changed by superusers, and by whom they give billing.change_plan
        "billing.view_grant",
        "billing.change_grant",  # take back
        "billing.view_offer",  # what is on sale, and for how much, is changed by superusers, as plans are
        "billing.view_payment",
        "billing.change_payment",  # refund, fulfil again, ask its provider again
        "billing.view_subscription",
        "billing.change_subscription",  # ask its provider again
        "billing.view_refund",
        "billing.view_inboundevent",
        "billing.change_inboundevent",  # process again
        "rooms.view_space",
        "rooms.change_space",  # close, ban an address, export
        "rooms.view_member",
        "rooms.change_member",  # block, ban, and take it back
        "rooms.view_ban",
        "rooms.change_ban",  # lift
        "chat.view_message",
        "chat.change_message",  # delete
        "core.view_mail",
        "core.change_mail",  # send again
    }
)


class StaffBackend(BaseBackend):
    """Signs nobody in: that is allauth's. Groups and single permissions of Django's add to this."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        works_here = isinstance(user_obj, User) and user_obj.is_active and user_obj.is_staff
        return set(STAFF) if works_here and obj is None else set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))
