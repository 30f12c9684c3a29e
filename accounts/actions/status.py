"""What one is shown as."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Status, User
from accounts.presence import AUTOMATIC, key_of
from core.errors import Invalid
from core.presence import note_changes


@transaction.atomic
def set_status(*, user: User, status: str) -> None:
    """Online, busy or absent until one chooses again, on every device; or `auto`. Raises Invalid."""
    if status != AUTOMATIC and status not in Status.values:
        raise Invalid(fields={"status": _("This is online, busy, absent or auto.")})
    User.objects.filter(pk=user.pk).update(status="" if status == AUTOMATIC else status)
    note_changes([key_of(user.pk)])
