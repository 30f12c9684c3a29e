"""What has no domain and needs a row: mail that must go out, work that a worker does, who is there."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SOON = timedelta(seconds=2)
PROCESS_SILENCE = timedelta(seconds=20)  # a web process that was not seen for so long counts as dead


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> Self:
        return self.filter(due_at__lte=now)


class Mail(models.Model):
    """A mail that somebody was promised, until it is sent and for a while after.

    `due_at` is when it may be tried (again). Whoever tries it moves `due_at` on first, so that nobody else does at the
    same time, and so that it is tried again if that process dies. None: sent, or given up (`sent_at` says which).
    """

    to = models.EmailField(_("to"), db_index=True)
    name = models.CharField(_("which mail"), max_length=60, help_text=_("Which mail, as accounts/activation."))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    key = models.CharField(max_length=300, blank=True, help_text=_("The secret in the link, if there is one."))
    link = models.CharField(max_length=500, blank=True, help_text=_("The page that the mail leads to."))
    created_at = models.DateTimeField(_("written"), auto_now_add=True, db_index=True)
    due_at = models.DateTimeField(_("next try"), null=True, default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("mail"), _("mails")
        indexes = [models.Index(fields=["due_at"], name="core_mail_due", condition=models.Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.name} to {self.to}"


class Work(models.Model):
    """Work that a person waits for and a worker does: an avatar, an export. `core.work` moves it on.

    `due_at` is when it may be taken up (again): whoever takes it moves it on first, and goes on doing so while at work,
    so that what a killed worker left behind is done by the next. None: it has ended, and `state` says how.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    most_attempts = 5  # more of them and it is given up

    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0, help_text=_("Percent."))
    error = models.CharField(_("error"), max_length=60, blank=True, help_text=_("Code of the refusal, if it failed."))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("next try"), null=True, default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        abstract = True

    @classmethod
    def waits_for_a_worker(cls) -> bool:
        """Or has one at it. What is due later than soon waits for something else."""
        soon = timezone.now() + SOON
        rows = cls._default_manager.filter(due_at__isnull=False)
        return rows.filter(models.Q(state=cls.State.RUNNING) | models.Q(due_at__lte=soon)).exists()


SHOWN_STATES = [*Work.State.values, "gone"]  # of a MadeFile
M = TypeVar("M", bound="MadeFile")


class MadeFileQuerySet(models.QuerySet[M]):
    def under_way(self) -> Self:
        return self.filter(state__in=MadeFile.UNDER_WAY)

    def ready(self) -> Self:
        return self.filter(state=Work.State.DONE).exclude(file="")


class MadeFile(Work):
    """A file that a worker makes for somebody, in the private storage: `core.made_files`.

    `file` is empty until it is ready and after it was thrown away.
    """

    FOLDER: ClassVar[str]  # of the private storage
    SUFFIX: ClassVar[str]
    UNDER_WAY: ClassVar = [Work.State.WAITING, Work.State.RUNNING]

    file = models.CharField(max_length=100, blank=True, help_text="Name in the private storage.")
    size = models.PositiveBigIntegerField(_("size"), default=0, help_text=_("Bytes."))
    expires_at = models.DateTimeField(_("kept until"), null=True)

    class Meta:
        abstract = True

    @property
    def shown_state(self) -> str:
        """`gone` is what was made, and thrown away since."""
        return "gone" if self.state == Work.State.DONE and not self.file else self.state


class WebProcess(models.Model):
    """A web process that has sockets. One that has not been seen for a while is dead, and all that it had is gone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seen_at = models.DateTimeField(help_text="By the clock of the database: machines' clocks differ.")

    def __str__(self) -> str:
        return str(self.id)


class PresenceQuerySet(models.QuerySet["Presence"]):
    def fresh(self) -> Self:
        """Of processes that live, or have died so recently that nobody can know."""
        return self.filter(process__seen_at__gt=Now() - PROCESS_SILENCE)


class Presence(models.Model):
    """Somebody has sockets at a process; `idle` if all of them are. `key` is `person:<id>`, a guest's `member:<id>`."""

    process = models.ForeignKey(WebProcess, models.CASCADE, related_name="presences")
    key = models.CharField(max_length=30)
    idle = models.BooleanField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "process"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.key} at {self.process_id}"


class PresenceChange(models.Model):
    """That somebody's status may have changed, for a minute: each process reads here whom it has to tell of."""

    key = models.CharField(max_length=30)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.key} at {self.at}"


class MetricSample(models.Model):
    """One number at /metrics that all processes count together: `core.shared_metrics` adds to it."""

    family = models.CharField(max_length=100)
    name = models.CharField(max_length=120)
    labels = models.CharField(max_length=300, help_text="As JSON.")
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="metric_sample_once")]

    def __str__(self) -> str:
        return f"{self.name}{self.labels} {self.value}"
