"""People, and the sign-ins of their API clients."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.usernames import LONGEST, UsernameKeyField, validate_username
from core.names import name_key


class UserQuerySet(models.QuerySet["User"]):
    def named(self, username: str) -> Self:
        """The person of this name, whatever its case or width."""
        return self.filter(username_key=name_key(username))

    def with_email(self, email: str) -> Self:
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.lower())


class PersonManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    use_in_migrations = False


class User(AbstractUser):
    username = models.CharField(
        _("username"),
        max_length=LONGEST,
        unique=True,
        validators=[validate_username],
        error_messages={"unique": _("This name is taken already.")},
    )
    # NFKC and casefolding can lengthen a name: one sign becomes up to 18.
    username_key = UsernameKeyField(max_length=600, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    auth_rev = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Rises with everything that ends access: hubs compare it each second."
    )

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique")]

    def __str__(self) -> str:
        return self.username

    @property
    def public_name(self) -> str:
        return self.username


class SignInQuerySet(models.QuerySet["SignIn"]):
    def living(self) -> Self:
        """Not revoked, of people who may sign in; with them."""
        return self.filter(revoked_at=None, user__is_active=True).select_related("user")


class SignIn(models.Model):
    """One sign-in of an API client: the family of all refresh tokens that follow from it.

    `generation` counts rotations: only the refresh token that carries it is good. An older one was used before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    generation = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(db_index=True, help_text="When tokens were last given out.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    address_key = models.CharField(max_length=32, blank=True, help_text="Keyed hash, kept 30 days.")

    objects = SignInQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user_id} {self.id}"
