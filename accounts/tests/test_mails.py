"""Every mail about an account: whole, in both forms, with links that lead here."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from accounts import mails
from accounts.models import DataExport, User
from accounts.tests.factories import make_person
from core.models import Mail

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR) / "templates"
FOLDER = TEMPLATES / "accounts/mail"
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


def test_every_mail_of_every_app_has_its_three_parts():
    parts: dict[str, set[str]] = {}
    for path in TEMPLATES.glob("*/mail/*"):
        name, _, part = path.name.partition(".")
        if not name.startswith("_") and name != "base":
            parts.setdefault(f"{path.parent.parent.name}/{name}", set()).add(part)

    assert {name: found for name, found in parts.items() if found != {"subject.txt", "txt", "html"}} == {}


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
        assert "Hello Bob &lt;b&gt; &amp; sons," in mail.html
        assert re.match(r"Hello Bob <b> & sons,\n\n[A-Z]", mail.text)
        links = [*re.findall(r'href="([^"]*)"', mail.html), *re.findall(r"\bhttps?://\S+", mail.text)]
        assert all(link.startswith("https://plaza.example/") or link == "https://plaza.example." for link in links)
        if name != "erased":  # which says goodbye
            assert mail.link in mail.text
            assert mail.html.count(f'href="{mail.link}"') == 2  # the button, and the same address to copy
        reason = mail.text.splitlines()[-1]
        assert re.match(r"You get this mail because .*Plaza at https://plaza\.example\.$", reason)
        assert reason in mail.html


@pytest.mark.parametrize("name", NAMES)
def test_its_subject_is_one_short_line(name):
    for mail in send(name, make_person("bob")):
        assert "\n" not in mail.subject
        assert len(mail.subject) <= 60


@pytest.mark.parametrize("name", NAMES)
def test_in_arabic_it_runs_from_right_to_left_and_its_addresses_do_not(name):
    for mail in send(name, make_person("bob", language="ar")):
        assert '<html lang="ar" dir="rtl">' in mail.html
        assert mail.html.count('lang="ar" dir="rtl"') == 2  # also where a mail program has dropped the outer elements
        assert 'align="right"' in mail.html
        if name != "erased":
            assert f'<a class="accent" dir="ltr" href="{mail.link}"' in mail.html
        assert re.search("[\u0621-\u064a]{3}", mail.subject)


def test_the_old_address_is_told_that_it_was_of_an_account():
    old, new = sorted(send("email_changed", make_person("bob")), key=lambda mail: mail.to, reverse=True)

    assert (old.to, new.to) == ("old@elsewhere.example", "bob@plaza.example")
    assert "this address belonged to an account" in old.text
    assert "this address belongs to an account" in new.text
