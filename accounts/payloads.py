"""The one JSON shape of a person, of oneself, of an address and of an export."""

from typing import Any

from accounts.models import Address, DataExport, User
from accounts.presence import AUTOMATIC
from core.markup import render
from core.times import iso


def public_payload(user: User, *, status: str) -> dict[str, Any]:
    """What everybody may know. `status` is what they are shown as (accounts.presence)."""
    return {
        "id": str(user.pk),
        "username": user.username,
        "name": user.public_name,
        "avatar": user.avatar_url,
        "about": user.about,
        "about_html": str(render(user.about)),
        "status": status,
        "joined_at": iso(user.date_joined),
    }


def own_payload(user: User, *, status: str, email_pending: str | None) -> dict[str, Any]:
    """What one may know of oneself. `email_pending` is there only while an address waits for its confirmation."""
    payload = public_payload(user, status=status) | {
        "display_name": user.display_name,
        "email": user.email,
        "phone": user.phone,
        "language": user.language,
        "time_zone": user.time_zone,
        "status_choice": user.status or AUTOMATIC,
        "erase_at": iso(user.erase_at),
    }
    return payload if email_pending is None else payload | {"email_pending": email_pending}


def address_payload(address: Address) -> dict[str, Any]:
    return {
        "id": str(address.pk),
        "type": address.type,
        "name": address.name,
        "company": address.company,
        "lines": address.lines.split("\n") if address.lines else [],
        "district": address.district,
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
        "phone": address.phone,
        "default": address.is_default,
    }


def export_payload(export: DataExport) -> dict[str, Any]:
    return {
        "id": str(export.pk),
        "state": export.shown_state,
        "progress": export.progress,
        "size": export.size,
        "created_at": iso(export.created_at),
        "expires_at": iso(export.expires_at),
    }
