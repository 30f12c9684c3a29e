"""What has no domain and needs a row: mail that must go out."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> Self:
        return self.filter(due_at__lte=now)


class Mail(models.Model):
    """A mail that somebody was promised, until it is sent and for a while after.

    `due_at` is when it may be tried (again). Whoever tries it moves `due_at` on first, so that nobody else does at the
    same time, and so that it is tried again if that process dies. None: sent, or given up (`sent_at` says which).
    """

    to = models.EmailField(db_index=True)
    name = models.CharField(max_length=60, help_text="Which mail, as accounts/activation.")
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    key = models.CharField(max_length=300, blank=True, help_text="The secret in the link, if there is one.")
    link = models.CharField(max_length=500, blank=True, help_text="The page that the mail leads to.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    due_at = models.DateTimeField(null=True, default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="core_mail_due", condition=models.Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.name} to {self.to}"
