"""A picture of oneself: sent in, made into an avatar by a worker, taken away. Its files follow the rows."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from django.db import transaction
from django.utils import timezone

from accounts.actions.profile import tell_of_change
from accounts.errors import TooManyTries
from accounts.models import AvatarUpload, User
from accounts.pictures import FOLDER, avatar_file, avatar_files
from core import rates, work

BROKEN = "invalid"
ORPHANED_AFTER = timedelta(days=1)


def upload_avatar(*, user: User, content: bytes) -> AvatarUpload:
    """It takes the place of one that still waits. Raises Invalid, TooManyTries."""
    from accounts import avatars  # here and below: with Pillow and libmagic it takes 0.1 s to load, and few need it
    from accounts.tasks import make_avatar as task

    avatars.check(content)
    if wait := rates.spend("AVATARS", f"person:{user.pk}"):
        raise TooManyTries(retry_after=wait)
    name = storages["private"].save(f"{FOLDER}/{secrets.token_urlsafe(24)}", ContentFile(content))
    with transaction.atomic():
        _forget_upload(_locked(user.pk))
        upload = AvatarUpload.objects.create(user=user, file=name)
        work.start(task, upload)
    return upload


def make_avatar(*, upload_id: int) -> None:
    """May run twice: only what is due is done, and only the one who is still at it in the end changes anything."""
    from accounts import avatars

    upload = work.take(AvatarUpload, upload_id)
    if upload is None:
        return
    name = secrets.token_urlsafe(18)
    try:
        _write_squares(upload, name)
        _show(upload, name)
    except avatars.BrokenPicture:
        _delete(default_storage, avatar_files(name))
        with suppress(work.Lost):
            work.fail(upload, BROKEN)
        _delete(storages["private"], [upload.file])
    except work.Lost:
        _delete(default_storage, avatar_files(name))


def remove_avatar(user: User) -> None:
    """Also one that is still being made. The files go after the commit."""
    with transaction.atomic():
        person = _locked(user.pk)
        _forget_upload(person)
        if person.avatar:
            _change_picture(person, "")
    user.avatar = ""


@transaction.atomic
def dismiss_failed_avatar(user: User) -> None:
    """They have read that their last picture came to nothing. One that is being made, or was made, stays."""
    AvatarUpload.objects.filter(user=_locked(user.pk), state=AvatarUpload.State.FAILED).delete()


def sweep_avatar_files() -> None:
    """Files that no row knows: their worker, or the process that should have deleted them, was killed."""
    for storage, known in ((storages["private"], _waiting_files), (default_storage, _shown_files)):
        names = _old_files(storage)
        for start in range(0, len(names), 500):
            some = set(names[start : start + 500])
            _delete(storage, some - known(some))


def _write_squares(upload: AvatarUpload, name: str) -> None:
    from accounts import avatars

    try:
        with storages["private"].open(upload.file) as sent:
            content = sent.read()
    except FileNotFoundError as gone:
        raise avatars.BrokenPicture from gone
    work.advance(upload, 20)
    for percent, (size, webp) in zip((60, 75, 90), avatars.squares(content), strict=True):
        default_storage.save(avatar_file(name, size), ContentFile(webp))
        work.advance(upload, percent)


@transaction.atomic
def _show(upload: AvatarUpload, name: str) -> None:
    """The person's row first: who replaces or removes the picture meanwhile waits for it, or was there first."""
    user = _locked(upload.user_id)
    work.finish(upload)
    _change_picture(user, name)
    _delete_after_commit(storages["private"], [upload.file])


def _change_picture(user: User, name: str) -> None:
    if user.avatar:
        _delete_after_commit(default_storage, avatar_files(user.avatar))
    user.avatar = name
    user.save(update_fields=["avatar"])
    tell_of_change(user)


def _forget_upload(user: User) -> None:
    for upload in AvatarUpload.objects.filter(user=user):
        upload.delete()
        _delete_after_commit(storages["private"], [upload.file])


def _locked(user_id: int) -> User:
    return User.objects.select_for_update().get(pk=user_id)


def _delete_after_commit(storage: Storage, names: Iterable[str]) -> None:
    transaction.on_commit(lambda: _delete(storage, names), robust=True)  # what stays behind is swept


def _delete(storage: Storage, names: Iterable[str]) -> None:
    for name in names:
        storage.delete(name)


def _old_files(storage: Storage) -> list[str]:
    if not storage.exists(FOLDER):
        return []
    long_ago = timezone.now() - ORPHANED_AFTER
    names = [f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]]
    return [name for name in names if storage.get_modified_time(name) < long_ago]


def _waiting_files(names: set[str]) -> set[str]:
    return set(AvatarUpload.objects.filter(file__in=names, due_at__isnull=False).values_list("file", flat=True))


def _shown_files(names: set[str]) -> set[str]:
    avatar_of = {name: name.removeprefix(f"{FOLDER}/").rpartition("-")[0] for name in names}
    shown = set(User.objects.filter(avatar__in=avatar_of.values()).values_list("avatar", flat=True))
    return {name for name, avatar in avatar_of.items() if avatar in shown}
