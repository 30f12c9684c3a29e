"""`manage.py check`: what is set in a way that works badly or not at all, and what to set instead."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register(deploy=True)
def production_has_its_services(**_kwargs: Any) -> list[CheckMessage]:
    if settings.DEMO:
        return []
    found: list[CheckMessage] = []
    if not settings.DATABASE_URL:
        found.append(
            Warning(
                "Production runs on SQLite: one process, on one machine.",
                hint="Set DATABASE_URL to a PostgreSQL database.",
                id="plaza.W001",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Warning(
                "Production runs without Redis: a second web process would hear of new messages a second late, "
                "and limits and jobs would not be shared.",
                hint="Set REDIS_URL.",
                id="plaza.W002",
            )
        )
    return found


@register(deploy=True)
def production_is_reached_by_https(**_kwargs: Any) -> list[CheckMessage]:
    if settings.DEMO:
        return []
    if not settings.SECURE:
        return [
            Warning(
                f"PUBLIC_URL ({settings.PUBLIC_URL}) is not https: passwords and cookies travel readable.",
                hint="Put a proxy with a certificate before Plaza and set PUBLIC_URL to its https:// address.",
                id="plaza.W003",
            )
        ]
    if not settings.TRUSTED_PROXIES:
        return [
            Warning(
                "PUBLIC_URL is https, but TRUSTED_PROXIES is 0: Plaza itself speaks http only, so a proxy must stand "
                "before it, and everybody seems to come from that proxy's address.",
                hint="Set TRUSTED_PROXIES to the number of proxies between people and Plaza, mostly 1.",
                id="plaza.W004",
            )
        ]
    return []


@register(deploy=True)
def public_host_is_answered(**_kwargs: Any) -> list[CheckMessage]:
    host = urlsplit(settings.PUBLIC_URL).hostname
    answered = settings.ALLOWED_HOSTS
    if settings.DEMO or "*" in answered or host in answered or any(_covers(name, host or "") for name in answered):
        return []
    return [
        Warning(
            f"PUBLIC_URL says {host}, but ALLOWED_HOSTS does not: links in mails would be refused.",
            hint=f"Add {host} to ALLOWED_HOSTS, or leave it empty.",
            id="plaza.W005",
        )
    ]


@register(deploy=True)
def mail_leaves_the_house(**_kwargs: Any) -> list[CheckMessage]:
    if settings.DEMO or settings.EMAIL_URL or settings.EMAIL_PROVIDER:
        return []
    return [
        Warning(
            "Neither EMAIL_URL nor EMAIL_PROVIDER is set: nobody can activate an account or reset a password.",
            hint="Set EMAIL_URL, as smtp+tls://user:password@mail.example:587, or EMAIL_PROVIDER.",
            id="plaza.W006",
        )
    ]


def _covers(pattern: str, host: str) -> bool:
    return pattern.startswith(".") and (host == pattern[1:] or host.endswith(pattern))
