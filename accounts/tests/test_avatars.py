"""Sending in a picture of oneself, over the API and from the page, and the worker that makes it small."""

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts import actions, schedule, tasks
from accounts.models import AvatarUpload, User
from accounts.parsers import AvatarFormParser, PictureParser
from accounts.pictures import avatar_files
from accounts.signals import profile_changed
from accounts.tests import hostile_pictures as pictures
from accounts.tests.factories import make_person
from core import work
from core.errors import TooLarge

URL = "/api/v1/me/avatar"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storages(tmp_path: Path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    private = {**settings.STORAGES["private"], "OPTIONS": {"location": tmp_path / "private", "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "private": private}


@pytest.fixture(autouse=True)
def _fresh_allowances():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def sent_files() -> list[str]:
    return storages["private"].listdir("avatars")[1] if storages["private"].exists("avatars") else []


def shown_files() -> set[str]:
    there = default_storage.listdir("avatars")[1] if default_storage.exists("avatars") else []
    return {f"avatars/{name}" for name in there}


def put(client: Client, content: bytes, content_type: str = "image/png"):
    return client.put(URL, content, content_type=content_type)


def put_form(client: Client, content: bytes, name: str = "me.png", **more):
    body = encode_multipart(BOUNDARY, {"avatar": SimpleUploadedFile(name, content), **more})
    return client.put(URL, body, content_type=MULTIPART_CONTENT)


def run_worker() -> None:
    for upload in AvatarUpload.objects.filter(due_at__isnull=False):
        tasks.make_avatar(upload.pk)


def send(client: Client, content: bytes | None = None) -> None:
    assert put(client, content or pictures.plain()).status_code == 202
    run_worker()


def assert_refused(response, word: str, status: int = 400, code: str = "invalid") -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert word in str(response.json())
    assert not AvatarUpload.objects.exists()
    assert sent_files() == []


# --- What works ---
def test_a_picture_is_sent_made_small_and_shown(browser, alice, django_capture_on_commit_callbacks):
    told = []
    profile_changed.connect(lambda user, **_: told.append(user.avatar), weak=False, dispatch_uid="test")
    with django_capture_on_commit_callbacks(execute=True):
        answer = put(browser, pictures.plain())
    assert answer.status_code == 202
    assert answer.json() == {"state": "processing", "progress": 0, "avatar": None, "status_url": URL}
    with django_capture_on_commit_callbacks(execute=True):
        run_worker()
    profile_changed.disconnect(dispatch_uid="test")
    alice.refresh_from_db()
    assert browser.get(URL).json() == {"state": "done", "progress": 100, "avatar": alice.avatar_url}
    assert shown_files() == set(avatar_files(alice.avatar))
    assert sent_files() == [], "the picture as it was sent is gone"
    assert told == [alice.avatar]
    assert browser.get("/api/v1/me").json()["avatar"] == f"/media/avatars/{alice.avatar}-96.webp"


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/whatever", "application/octet-stream"])
def test_what_the_client_calls_it_does_not_matter(browser, content_type):
    assert put(browser, pictures.plain("WEBP"), content_type).status_code == 202


def test_a_form_with_a_wrong_name_and_another_field_is_taken(browser):
    assert put_form(browser, pictures.plain("JPEG"), name="../../evil.svg", note="hello").status_code == 202
    assert "evil" not in AvatarUpload.objects.get().file


def test_a_second_picture_replaces_the_first_and_its_files(browser, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)
    alice.refresh_from_db()
    first = alice.avatar
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)
    alice.refresh_from_db()
    assert alice.avatar != first
    assert shown_files() == set(avatar_files(alice.avatar))


def test_a_second_picture_takes_the_place_of_a_waiting_one(browser, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        put(browser, pictures.plain())
        first = AvatarUpload.objects.get()
        put(browser, pictures.plain("JPEG"))
    second = AvatarUpload.objects.get()
    assert second.pk != first.pk
    assert sent_files() == [second.file.removeprefix("avatars/")]
    tasks.make_avatar(first.pk)
    assert shown_files() == set()


def test_removing_it_leaves_nothing(browser, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)
        put(browser, pictures.plain())
        assert browser.delete(URL).status_code == 204
        assert browser.delete(URL).status_code == 204
    alice.refresh_from_db()
    assert (alice.avatar, sent_files(), shown_files()) == ("", [], set())
    assert browser.get(URL).json() == {"state": "none", "progress": 0, "avatar": None}


def test_the_page_takes_a_picture_and_removes_it(browser, alice):
    page = browser.post("/settings/avatar/", {"avatar": SimpleUploadedFile("me.png", pictures.plain())}, follow=True)
    assert "Your picture has arrived" in page.content.decode()
    run_worker()
    alice.refresh_from_db()
    assert f"{alice.avatar}-96.webp" in browser.get("/settings/").content.decode()
    page = browser.post("/settings/avatar/remove/", follow=True)
    assert "Your initials are shown instead" in page.content.decode()
    assert User.objects.get(pk=alice.pk).avatar == ""


# --- Refusals ---
@pytest.mark.parametrize("content", [*pictures.NO_PICTURES.values(), *pictures.polyglots().values()])
def test_what_is_no_picture_or_more_than_one_is_refused(browser, content):
    assert_refused(put(browser, content), "picture")
    assert_refused(put_form(browser, content), "picture")


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_a_heic_is_refused_with_what_to_do(browser, brand):
    heic = b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + b"\0" * 64
    assert_refused(put(browser, heic), "save it as JPEG")


def test_a_hundred_megapixels_are_refused(browser):
    assert_refused(put(browser, pictures.giant_png()), "40 megapixels")


def test_an_empty_body_is_refused(browser):
    assert_refused(put(browser, b""), "avatar")
    assert_refused(put_form(browser, b""), "avatar")


def test_a_form_without_a_picture_is_refused(browser):
    for fields in ({}, {"avatar": "text"}, {"picture": SimpleUploadedFile("me.png", pictures.plain())}):
        body = encode_multipart(BOUNDARY, fields)
        assert_refused(browser.put(URL, body, content_type=MULTIPART_CONTENT), "avatar")


def test_a_broken_form_is_refused(browser):
    assert_refused(browser.put(URL, b"nonsense", content_type="multipart/form-data; boundary=x"), "")
    assert_refused(browser.put(URL, b"nonsense", content_type="multipart/form-data"), "")


def test_json_is_no_way_to_send_a_picture(browser):
    assert browser.put(URL, {"avatar": "x"}, content_type="application/json").status_code == 415


def test_six_megabytes_are_refused(browser):
    large = pictures.plain("JPEG") + b"\0" * 6 * 1024 * 1024
    assert_refused(put(browser, large, "image/jpeg"), "large", 413, "too_large")
    assert_refused(put_form(browser, large), "large", 413, "too_large")
    page = browser.post("/settings/avatar/", {"avatar": SimpleUploadedFile("me.jpg", large)})
    assert page.status_code == 400
    assert "5 MB are the most" in page.content.decode()


def test_a_body_that_says_it_is_too_large_is_not_read():
    class Unreadable:
        def read(self, *_size):
            raise AssertionError("it was read")

    request = RequestFactory().put(URL, b"", content_type="image/png", CONTENT_LENGTH="60000000")
    for parser in (PictureParser(), AvatarFormParser()):
        with pytest.raises(TooLarge):
            parser.parse(Unreadable(), "image/png", {"request": request})


def test_the_page_says_what_is_wrong_beside_the_field(browser):
    page = browser.post("/settings/avatar/", {"avatar": SimpleUploadedFile("me.png", pictures.SVG)})
    assert page.status_code == 400
    assert "not a picture that Plaza can read" in page.content.decode()
    assert "choose a picture first" in browser.post("/settings/avatar/").content.decode()


def test_strangers_have_no_picture(client):
    assert [client.get(URL).status_code, put(client, pictures.plain()).status_code] == [401, 401]
    assert client.delete(URL).status_code == 401
    assert client.post("/settings/avatar/").status_code == 302


def test_the_cookie_needs_its_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert put(client, pictures.plain()).json()["code"] == "csrf_failed"
    assert client.delete(URL).status_code == 403
    assert not AvatarUpload.objects.exists()


def test_too_many_pictures_are_refused_with_a_clear_sentence(browser, settings):
    settings.RATE_AVATARS = "2/h"
    assert put(browser, pictures.SVG).status_code == 400, "what is refused does not count"
    assert [put(browser, pictures.plain()).status_code for _ in range(3)] == [202, 202, 429]
    refused = put(browser, pictures.plain())
    assert "30 minutes" in refused.json()["detail"]
    assert int(refused["Retry-After"]) > 1700
    page = browser.post("/settings/avatar/", {"avatar": SimpleUploadedFile("me.png", pictures.plain())})
    assert "30 minutes" in page.content.decode()


# --- The worker ---
def test_the_word_that_a_picture_was_broken_stays_until_it_is_put_away(browser, alice):
    def says_so() -> bool:
        page = browser.get("/settings/").content.decode()
        assert ("damaged" in page) == ('data-part="dismiss">' in page)
        return "damaged" in page

    whole = pictures.noisy_jpeg()
    send(browser, whole[: len(whole) // 2])
    assert says_so()
    assert says_so()
    assert browser.post("/settings/avatar/dismiss/").status_code == 302
    assert not says_so()

    send(browser, whole[: len(whole) // 2])
    send(browser)
    assert not says_so(), "another picture puts it away too"


def test_only_a_broken_picture_is_put_away(browser, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)
        shown = User.objects.get(pk=alice.pk).avatar
        put(browser, pictures.plain("JPEG"))
        browser.post("/settings/avatar/dismiss/")
    assert browser.get(URL).json()["state"] == "processing"
    assert User.objects.get(pk=alice.pk).avatar == shown
    assert len(sent_files()) == 1


def test_a_picture_that_turns_out_broken_changes_nothing(browser, alice):
    send(browser)
    before = User.objects.get(pk=alice.pk).avatar
    whole = pictures.noisy_jpeg()
    send(browser, whole[: len(whole) // 2])
    answer = browser.get(URL).json()
    assert answer["state"] == "failed"
    assert "damaged" in answer["detail"]
    assert User.objects.get(pk=alice.pk).avatar == before
    assert set(avatar_files(before)) <= shown_files()
    assert AvatarUpload.objects.get().file.removeprefix("avatars/") not in sent_files()


def test_a_killed_worker_is_followed_by_another(browser, alice):
    put(browser, pictures.plain())
    upload = work.take(AvatarUpload, AvatarUpload.objects.get().pk)
    assert upload is not None
    default_storage.save("avatars/half-made-by-the-dead-96.webp", ContentFile(b"x"))
    tasks.make_avatar(upload.pk)
    assert User.objects.get(pk=alice.pk).avatar == "", "its claim still holds"
    AvatarUpload.objects.update(due_at=timezone.now() - timedelta(seconds=6))
    schedule.sweep_avatars()
    run_worker()
    assert browser.get(URL).json()["state"] == "done"


def test_the_dead_that_returns_changes_nothing(browser, alice):
    """It was stopped for a minute; another one took over."""
    put(browser, pictures.plain())
    stopped = work.take(AvatarUpload, AvatarUpload.objects.get().pk)
    assert stopped is not None
    AvatarUpload.objects.update(due_at=timezone.now())
    run_worker()
    for change in (lambda: work.advance(stopped, 50), lambda: work.finish(stopped), lambda: work.fail(stopped, "x")):
        with pytest.raises(work.Lost):
            change()
    assert browser.get(URL).json()["state"] == "done"


def test_a_picture_that_kills_its_workers_is_given_up(browser):
    put(browser, pictures.plain())
    AvatarUpload.objects.update(attempts=AvatarUpload.most_attempts)
    run_worker()
    answer = browser.get(URL).json()
    assert answer["state"] == "failed"
    assert "another one" in answer["detail"]


def test_who_removes_it_while_it_is_being_made_has_none(browser, alice, settings):
    """Between the squares and the row: the worker finds nothing to finish, and takes its files back."""
    put(browser, pictures.plain())

    def remove_meanwhile(execute, sql, params, many, context):
        if "progress" in sql and sql.startswith("UPDATE") and 90 in params and AvatarUpload.objects.exists():
            AvatarUpload.objects.all().delete()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(remove_meanwhile):
        run_worker()
    assert User.objects.get(pk=alice.pk).avatar == ""
    assert shown_files() == set()


def test_files_that_nobody_knows_are_swept_after_a_day(browser, alice, tmp_path):
    send(browser)
    put(browser, pictures.plain())
    lost = [tmp_path / "media/avatars/lost-but-not-forgotten-96.webp", tmp_path / "private/avatars/lost"]
    for path in lost:
        path.write_bytes(b"x")
    schedule.sweep_avatar_files()
    assert all(path.exists() for path in lost), "they are young: somebody may be writing them"
    long_ago = time.time() - 90_000
    for path in [*(tmp_path / "media/avatars").iterdir(), *(tmp_path / "private/avatars").iterdir()]:
        os.utime(path, (long_ago, long_ago))
    schedule.sweep_avatar_files()
    assert not any(path.exists() for path in lost)
    alice.refresh_from_db()
    assert shown_files() == set(avatar_files(alice.avatar))
    assert len(sent_files()) == 1, "one waits for its worker"


def test_erasing_a_person_takes_the_picture_along(browser, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(browser)
        actions.remove_avatar(User.objects.get(pk=alice.pk))
    assert shown_files() == set()


# --- The API waits a moment for the worker ---
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("content", "status"), [(pictures.plain(), 200), (pictures.noisy_jpeg()[:9000], 400)])
def test_the_answer_waits_for_a_quick_worker(settings, content, status):
    settings.AVATAR_WAIT = 10
    client = Client()
    client.force_login(make_person("alice"))

    def worker() -> None:
        until = time.monotonic() + 8
        while not AvatarUpload.objects.exists() and time.monotonic() < until:
            time.sleep(0.02)
        run_worker()
        connections.close_all()

    at_work = threading.Thread(target=worker)
    at_work.start()
    answer = put(client, content, "image/jpeg")
    at_work.join()
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["avatar"].endswith("-96.webp")
        assert answer.json()["username"] == "alice"
    else:
        assert "damaged" in answer.json()["fields"]["avatar"][0]
