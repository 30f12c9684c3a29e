"""How mail leaves: by SMTP, by the HTTP API of a provider, or into files in the demo."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.settings.place import DEMO, PLAZA_DATA, PUBLIC_URL
from core.environment import one_of, read, url

EMAIL_TIMEOUT = 20  # seconds, for each step of the SMTP talk, and for a provider's answer
_NEEDS = {  # provider -> what django-anymail must be told (as ANYMAIL_<name>); all that come with no further package
    "brevo": ("BREVO_API_KEY",),
    "mailgun": ("MAILGUN_API_KEY",),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY"),
    "postmark": ("POSTMARK_SERVER_TOKEN",),
    "resend": ("RESEND_API_KEY",),
    "sendgrid": ("SENDGRID_API_KEY",),
    "sparkpost": ("SPARKPOST_API_KEY",),
}


def _settings(*, demo: bool, data: Path, host: str) -> dict[str, Any]:
    """Django's and anymail's settings. Raises ImproperlyConfigured with a sentence."""
    email_url = read(
        "EMAIL_URL",
        "",
        "How mail leaves, as smtp+tls://user:password@host:587 (or smtp, smtp+ssl, filemail, consolemail, dummymail).",
        cast=url("smtp", "smtps", "smtp+tls", "smtp+ssl", "filemail", "consolemail", "dummymail", "memorymail"),
        shown_default="files in PLAZA_DATA/mail in demo mode, else smtp://localhost:25",
    )
    provider = read(
        "EMAIL_PROVIDER",
        "",
        f"Instead of EMAIL_URL: the provider whose API takes mail ({', '.join(_NEEDS)}).",
        cast=one_of(*_NEEDS),
    )
    sender = read(
        "EMAIL_FROM",
        f"Plaza <plaza@{host}>",
        "Who mails come from, as Plaza <hello@plaza.example>.",
        shown_default="Plaza <plaza@host of PUBLIC_URL>",
    )
    return {
        "EMAIL_URL": email_url,
        "EMAIL_PROVIDER": provider,
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
        "EMAIL_FROM": sender,
        **_backend(email_url, demo, data),
        **_of_provider(provider, email_url),
    }


def _backend(email_url: str, demo: bool, data: Path) -> dict[str, Any]:
    if email_url:
        return dict(environ.Env.email_url_config(email_url))
    if demo:
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": data / "mail"}
    return {}


def _of_provider(provider: str, email_url: str) -> dict[str, Any]:
    told = {name: _read_key(name, by) for by, names in _NEEDS.items() for name in names}
    domain = read("ANYMAIL_MAILGUN_SENDER_DOMAIN", "", "For mailgun, if it is not the domain of EMAIL_FROM.")
    api = read(
        "ANYMAIL_API_URL",
        "",
        "Another address of the provider's API, as https://api.eu.mailgun.net/v3 for its European region.",
        cast=url("http", "https"),
    )
    if not provider:
        return {}
    if email_url:
        raise ImproperlyConfigured("EMAIL_URL and EMAIL_PROVIDER are both set. Please keep one: mail leaves one way.")
    for name in _NEEDS[provider]:
        if not told[name]:
            raise ImproperlyConfigured(f"ANYMAIL_{name} is not set. EMAIL_PROVIDER={provider} needs it.")
    others = {"MAILGUN_SENDER_DOMAIN": domain, f"{provider.upper()}_API_URL": api}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend",
        "ANYMAIL": {
            "REQUESTS_TIMEOUT": EMAIL_TIMEOUT,
            **{name: value for name, value in {**told, **others}.items() if value},
        },
    }


def _read_key(name: str, provider: str) -> str:
    return str(read(f"ANYMAIL_{name}", "", f"For EMAIL_PROVIDER={provider}."))


EMAIL_URL = EMAIL_PROVIDER = EMAIL_FROM = ""  # and what else django needs for it
globals().update(_settings(demo=DEMO, data=PLAZA_DATA, host=urlsplit(PUBLIC_URL).hostname or ""))
