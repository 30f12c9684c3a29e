"""Every mail about an account: whole, in both forms, with links that lead here."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts import mails
from accounts.models import DataExport, User
from accounts.tests.factories import make_person
from core.models import Mail

pytestmark = pytest.mark.django_db
FOLDER = Path(settings.BASE_DIR) / "templates/accounts/mail"
NAMES = sorted(path.name.removesuffix(".subject.txt") for path in FOLDER.glob("*.subject.txt"))


def send(name: str, person: User) -> list[Mail]:
    waiting = EmailAddress(pk=7, user=person, email="new@elsewhere.example")
    export = DataExport(user=person, expires_at=timezone.now())
    senders = {
        "activation": lambda: mails.send_activation(waiting),
        "email_change": lambda: mails.send_email_change(waiting),
        "email_changed": lambda: mails.send_email_changed(person, "old@elsewhere.example"),
        "password_reset": lambda: mails.send_password_reset(person, to=person.email),
        "export_ready": lambda: mails.send_export_ready(export),
        "deletion_asked": lambda: mails.send_deletion_asked(person, timezone.now()),
    }
    senders.get(name, lambda: getattr(mails, f"send_{name}")(person))()
    return list(Mail.objects.order_by("pk"))


def test_there_are_mails():
    assert {"activation", "welcome", "account_exists", "password_reset", "email_change"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_whole(name, settings):
    settings.PUBLIC_URL = "https://plaza.example"
    person = make_person("bob", display_name="Bob <b> & sons")
    sent = send(name, person)
    assert sent
    for mail in sent:
        assert mail.name == f"accounts/{name}"
        assert mail.subject
        for text in (mail.subject, mail.text, mail.html):
            assert not re.search(r"\{\{|\}\}|\{%|%\}", text)
        assert "<b>" not in mail.html
        assert "Hello Bob <b> & sons," in mail.text
        links = [*re.findall(r'href="([^"]*)"', mail.html), *re.findall(r"\bhttps?://\S+", mail.text)]
        assert all(link.startswith("https://plaza.example/") or link == "https://plaza.example." for link in links)
        if name != "erased":  # which says goodbye
            assert mail.link in mail.text
            assert mail.html.count(f'href="{mail.link}"') == 2  # the button, and the same address to copy
        assert "You get this mail because" in mail.html


@pytest.mark.parametrize("name", NAMES)
def test_its_subject_is_one_short_line(name):
    for mail in send(name, make_person("bob")):
        assert "\n" not in mail.subject
        assert len(mail.subject) <= 60


def test_it_is_turned_round_for_languages_that_are_written_so():
    with translation.override("ar"):
        html = render_to_string("core/mail/base.html", {"plaza_public_url": "https://plaza.example"})

    assert '<html lang="ar" dir="rtl">' in html
