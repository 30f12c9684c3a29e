"""May this person do this? Pure questions."""

from allauth.account.models import EmailAddress

from accounts.models import User


def has_verified_address(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()


def may_look_after(by: User, user: User) -> bool:
    """Deactivate, sign out and so on: staff do that to people, and superusers to staff as well."""
    return by.is_superuser or not (user.is_staff or user.is_superuser)
