"""What the pages and the API of profiles share: finding what may be seen, and telling how a picture is getting on."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Address, AvatarUpload, User
from core.errors import NotFound
from core.ids import parse_id


def public_person(username: str) -> User:
    """By any spelling of the name. Raises NotFound, also for people whose account is closed."""
    person = User.objects.named(username).filter(is_active=True, erased_at=None).first()
    if person is None:
        raise NotFound
    return person


def own_address(user: User, address_id: str) -> Address:
    address = Address.objects.filter(user=user, pk=parse_id(address_id)).first()
    if address is None:
        raise NotFound
    return address


def avatar_state(user: User) -> dict[str, Any]:
    """`{state: none|processing|done|failed, progress, avatar, detail?}`."""
    upload = AvatarUpload.objects.filter(user=user).select_related("user").first()
    picture = upload.user if upload else user
    shown: dict[str, Any] = {"state": _state(picture, upload), "progress": upload.progress if upload else 0}
    if upload is None and picture.avatar:
        shown["progress"] = 100
    shown["avatar"] = picture.avatar_url
    if shown["state"] == "failed":
        shown["detail"] = _failure(upload)
    return shown


def _state(user: User, upload: AvatarUpload | None) -> str:
    if upload is None:
        return "done" if user.avatar else "none"
    states = {AvatarUpload.State.DONE.value: "done", AvatarUpload.State.FAILED.value: "failed"}
    return states.get(upload.state, "processing")


def _failure(upload: AvatarUpload | None) -> str:
    if upload is not None and upload.error == "invalid":
        return _("This picture is damaged. Please choose another one.")
    return _("This picture could not be made smaller. Please choose another one.")
