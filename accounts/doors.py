"""What the pages and the API share: who is there and from where, what may be seen, how a thing is getting on."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import Address, AvatarUpload, DataExport, User
from core.downloads import private_file
from core.errors import NotAuthenticated, NotFound
from core.ids import parse_id
from core.network import client_ip


def person_of(request: HttpRequest | Request) -> User:
    """Who is signed in. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def address_of(request: Request) -> str:
    """Where a call comes from. A page asks `client_ip` itself."""
    http: HttpRequest = request._request
    return client_ip(http)


def page_before(request: HttpRequest) -> str:
    """Where a form says that it was sent from (`next`); the first page, if that is not one of ours."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if is_ours else "/"


def public_person(username: str) -> User:
    """By any spelling of the name. Raises NotFound, also for people whose account is closed."""
    person = User.objects.named(username).with_public_page().first()
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


def export_file(request: HttpRequest, user: User, export_id: int) -> StreamingHttpResponse:
    """Raises NotFound for other people's, and for one that is not ready or was thrown away."""
    export = DataExport.objects.ready().filter(pk=export_id, user=user).first()
    if export is None:
        raise NotFound
    shown_name = f"plaza-{user.username}-{localdate(export.created_at):%Y-%m-%d}.zip"
    return private_file(request, export.file, shown_name=shown_name, content_type="application/zip")
