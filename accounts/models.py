"""People, and the sign-ins of their API clients."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.pictures import avatar_path
from accounts.usernames import LONGEST, UsernameKeyField, validate_username
from core.models import MadeFile, MadeFileQuerySet, Work
from core.names import name_key

LONGEST_DISPLAY_NAME, LONGEST_ABOUT = 40, 500


class UserQuerySet(models.QuerySet["User"]):
    def named(self, username: str) -> Self:
        """The person of this name, whatever its case or width."""
        if "\0" in username:  # an address may spell it, and PostgreSQL refuses it with an error
            return self.none()
        return self.filter(username_key=name_key(username))

    def with_public_page(self) -> Self:
        """Whom everybody may see: not those whose account is closed."""
        return self.filter(is_active=True, erased_at=None)

    def reachable(self) -> Self:
        """Whom others may write to: an open account with a confirmed address."""
        return self.filter(is_active=True, erased_at=None, emailaddress__verified=True).distinct()

    def with_email(self, email: str) -> Self:
        """Whoever this address belongs to; that is nobody for an empty one."""
        return self.exclude(email="").alias(lower_email=Lower("email")).filter(lower_email=email.lower())

    def waiting_with(self, email: str) -> Self:
        """Who signed up with this address and has not confirmed it yet, the newest first; it may be several."""
        return self.filter(email="", emailaddress__email=email.lower(), emailaddress__verified=False).order_by("-pk")


class PersonManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    use_in_migrations = False


class Status(models.TextChoices):
    """What a person chose to be shown as while they are connected."""

    ONLINE = "online", _("Online")
    BUSY = "busy", _("Busy")
    ABSENT = "absent", _("Absent")


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
    # Somebody's own: empty until they have confirmed it. Until then it waits as an EmailAddress, perhaps of several.
    email = models.EmailField(_("e-mail address"), blank=True)
    display_name = models.CharField(_("display name"), max_length=LONGEST_DISPLAY_NAME, blank=True)
    about = models.TextField(_("about"), max_length=LONGEST_ABOUT, blank=True, help_text=_("Markdown."))
    phone = models.CharField(_("phone"), max_length=20, blank=True, help_text=_("E.164, as +4930901820."))
    language = models.CharField(_("language"), max_length=10, blank=True, help_text=_("Empty: as the browser asks."))
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("IANA name. Empty: UTC."))
    status = models.CharField(
        _("status"), max_length=8, choices=Status, blank=True, help_text="Chosen by the person. Empty: as they are."
    )
    avatar = models.CharField(max_length=40, blank=True, editable=False, help_text="Name that its files begin with.")
    erase_at = models.DateTimeField(
        _("is deleted"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The person asked for deletion: it happens then."),
    )
    erased_at = models.DateTimeField(_("was deleted"), null=True, blank=True, editable=False)
    auth_rev = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Rises with everything that ends access: hubs compare it each second."
    )
    sign_in_epoch = models.PositiveIntegerField(
        default=0, editable=False, help_text="Part of what a session must show: raising it ends them all."
    )

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="accounts_user_email_unique")
        ]
        indexes = [
            models.Index(fields=["erase_at"], name="accounts_user_erase", condition=models.Q(erase_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, over `sign_in_epoch` too, so that sessions can be ended without a new password."""
        shown = f"{self.sign_in_epoch}:{self.password}"
        return salted_hmac("accounts.User.session", shown, secret=secret, algorithm="sha256").hexdigest()

    @property
    def public_name(self) -> str:
        return self.display_name or self.username

    @property
    def avatar_url(self) -> str | None:
        """Path of the small picture, for lists and messages."""
        return avatar_path(self.avatar) if self.avatar else None


class SignInQuerySet(models.QuerySet["SignIn"]):
    def living(self) -> Self:
        """Not revoked, of people who may sign in; with them."""
        return self.filter(revoked_at=None, user__is_active=True).select_related("user")


class SignIn(models.Model):
    """One sign-in of an API client: the family of all refresh tokens that follow from it.

    `generation` counts rotations: only the refresh token that carries it is good. An older one was used before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins", verbose_name=_("person"))
    generation = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("signed in"), auto_now_add=True)
    used_at = models.DateTimeField(_("last used"), db_index=True, help_text=_("When tokens were last given out."))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    user_agent = models.CharField(_("program"), max_length=200, blank=True)
    address_key = models.CharField(max_length=32, blank=True, help_text="Keyed hash, kept 30 days.")

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("sign-in"), _("sign-ins")

    def __str__(self) -> str:
        return f"{self.user_id} {self.id}"


class AskedMail(Work):
    """A mail that somebody asked for. Whether the address is anybody's is looked up by a worker, so that asking takes
    the same time whoever it is; then the row is deleted."""

    class Kind(models.TextChoices):
        PASSWORD_RESET = "password_reset", _("new password")
        ACTIVATION = "activation", _("activation")
        CONFIRMATION = "confirmation", _("confirmation of one address")

    kind = models.CharField(max_length=20, choices=Kind)
    email = models.EmailField(help_text="As it was typed, in lower case.")
    # No foreign key: the table is allauth's, whose migrations need ours first.
    address_id = models.BigIntegerField(null=True, help_text="Of the EmailAddress to confirm, if it is that.")
    language = models.CharField(max_length=10, help_text="Of whoever asked.")

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Address(models.Model):
    """Where something can be sent to. Which parts a country asks for is known to `accounts.postal`."""

    class Type(models.TextChoices):
        HOME = "home", _("Home")
        WORK = "work", _("Work")
        OTHER = "other", _("Other")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("person"))
    type = models.CharField(_("type"), max_length=8, choices=Type, default=Type.HOME)
    name = models.CharField(_("name"), max_length=80)
    company = models.CharField(_("company"), max_length=80, blank=True)
    lines = models.CharField(
        _("street and house number"), max_length=200, blank=True, help_text=_("Up to three lines.")
    )
    district = models.CharField(_("district"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166-1 alpha-2."))
    phone = models.CharField(_("phone"), max_length=20, blank=True, help_text=_("E.164."))
    is_default = models.BooleanField(_("use this one first"), default=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("address"), _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="accounts_address_one_default"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}, {self.country}"


class AvatarUpload(Work):
    """A picture that was sent in and waits to be made into an avatar; a person has at most one."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="avatar_upload")
    file = models.CharField(max_length=100, help_text="The picture as it was sent, in the private storage.")

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class DataExportQuerySet(MadeFileQuerySet["DataExport"]):
    pass


class DataExport(MadeFile):
    """Everything about a person, packed into a ZIP for them."""

    FOLDER, SUFFIX = "exports", ".zip"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="data_exports", verbose_name=_("person"))

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("export"), _("exports")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state__in=MadeFile.UNDER_WAY),
                name="accounts_data_export_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%Y-%m-%d}"


class PushSubscription(models.Model):
    """A browser of somebody's that wants notifications, as its push service named it. The address is a secret."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.TextField()
    endpoint_key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the endpoint, in hex.")
    p256dh = models.CharField(max_length=100, help_text="The browser's public key, base64url.")
    auth = models.CharField(max_length=30, help_text="The browser's secret, base64url.")
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_sent_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="Pushes in a row that its service refused.")

    def __str__(self) -> str:
        return f"{self.user_id} {self.endpoint_key[:8]}"


class Push(Work):
    """A notification on its way to one browser. It is worded when it is sent; then the row is deleted."""

    subscription = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="pushes")
    kind = models.CharField(max_length=20, help_text="Who words it: `core.push.register`.")
    about = models.JSONField()

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"


class AuditEntry(models.Model):
    """One act that matters for security: who did what to whom, from where, and what it changed. Never edited."""

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("who"))
    actor_name = models.CharField(_("name"), max_length=LONGEST, blank=True, help_text=_("As it was then."))
    action = models.CharField(_("what"), max_length=60, db_index=True, help_text=_("As password_changed."))
    target_type = models.CharField(_("kind"), max_length=40, blank=True, help_text=_("As accounts.user."))
    target_id = models.CharField(max_length=40, blank=True)
    target_name = models.CharField(_("to whom or what"), max_length=80, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    address = models.GenericIPAddressField(_("from where"), null=True, help_text=_("Kept 30 days."))
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("audit entry"), _("audit log")
        indexes = [models.Index(fields=["target_type", "target_id"], name="accounts_audit_target")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.target_name}"
