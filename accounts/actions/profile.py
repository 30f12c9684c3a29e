"""What people say about themselves."""

from django.db import transaction

from accounts.models import User
from accounts.signals import profile_changed


@transaction.atomic
def change_profile(*, user: User, changes: dict[str, str]) -> User:
    """Checked input (`accounts.profiles`), by field; what is not in it stays. The person as they are now."""
    person = User.objects.select_for_update().get(pk=user.pk)
    changed = [name for name, value in changes.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, changes[name])
    if changed:
        person.save(update_fields=changed)
        tell_of_change(person)
    return person


def tell_of_change(user: User) -> None:
    """After the commit."""
    transaction.on_commit(lambda: profile_changed.send(sender=User, user=user), robust=True)
