"""May this person do this? Pure questions."""

from allauth.account.models import EmailAddress

from accounts.models import User


def has_verified_address(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()
