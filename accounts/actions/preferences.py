"""What somebody chooses for themselves."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import languages
from core.errors import Invalid


def set_language(*, user: User | None, language: str) -> None:
    """The language of pages, API and mails; nothing is kept of somebody without an account. Raises Invalid."""
    if not languages.is_offered(language):
        raise Invalid(fields={"language": _("Plaza does not speak this language.")})
    if user is not None:
        user.language = language
        user.save(update_fields=["language"])
