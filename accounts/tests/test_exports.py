"""Taking one's data along: asked for, packed by a worker, downloaded by its owner, thrown away."""

import io
import json
import os
import zipfile
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.db import IntegrityError
from django.utils import timezone

from accounts import actions
from accounts.models import Address, AuditEntry, DataExport, User
from accounts.schedule import sweep_exports, throw_away_exports
from accounts.tasks import pack_export
from accounts.tests.factories import ADDRESS, bearer, newest_mail, post_json, sign_in
from chat.tests.factories import edit, join, make_room, say
from core import person_data, work
from core.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def pack(user: User) -> DataExport:
    export = actions.ask_export(user=user, address=ADDRESS)
    pack_export(export.pk)
    export.refresh_from_db()
    return export


def opened(response) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(response.getvalue()))


def part(archive: zipfile.ZipFile, name: str):
    return json.loads(archive.read(f"{name}.json"))


def download(client, export: DataExport) -> zipfile.ZipFile:
    response = client.get(f"/settings/data/exports/{export.pk}/")
    assert response.status_code == 200
    return opened(response)


def test_everything_about_a_person_is_in_it(signed_in, alice, bob):
    room = make_room(alice, name="Tea house")
    edit(alice, say(room.member, "Good evening"), "Good morning")
    say(join(room.space, bob), "Not alice's")
    Address.objects.create(user=alice, name="Alice", city="Cairo", country="EG")
    sign_in("alice")

    archive = download(signed_in, pack(alice))

    assert part(archive, "profile")["email"] == "alice@plaza.example"
    assert part(archive, "addresses")[0]["city"] == "Cairo"
    assert part(archive, "memberships")[0]["room"] == "Tea house"
    (message,) = part(archive, "messages")
    assert (message["body"], message["room"], message["as"]) == ("Good morning", "Tea house", "alice")
    assert message["edited_at"]
    assert len(part(archive, "sign_ins")) == 1
    assert "export_asked" in {row["what"] for row in part(archive, "audit")}
    assert {f"{name}.json" for name in ("mails", "exports")} <= set(archive.namelist())
    assert archive.testzip() is None


def test_no_password_no_token_and_no_address_key_is_in_it(signed_in, alice):
    sign_in("alice")
    room = make_room(alice)
    export = pack(alice)

    archive = download(signed_in, export)

    texts = b"".join(archive.read(name) for name in archive.namelist())
    secrets = [alice.password, room.member.address_key, alice.sign_ins.get().address_key, str(alice.sign_ins.get().pk)]
    assert [secret for secret in secrets if secret.encode() in texts] == []


def test_pictures_go_along(signed_in, alice):
    default_storage.save("avatars/abc-96.webp", ContentFile(b"a picture"))
    User.objects.filter(pk=alice.pk).update(avatar="abc")

    archive = download(signed_in, pack(alice))

    assert archive.read("avatar/96.webp") == b"a picture"
    default_storage.delete("avatars/abc-96.webp")


def test_the_readme_explains_each_file(signed_in, alice):
    archive = download(signed_in, pack(alice))

    readme = archive.read("README.txt").decode()
    assert "alice" in readme
    assert [name for name in archive.namelist() if name.endswith(".json") and name not in readme] == []


def test_a_mail_says_that_it_is_ready(alice):
    pack(alice)

    mail = newest_mail("alice@plaza.example")
    assert mail.name == "accounts/export_ready"
    assert mail.link.endswith("/settings/data/")


def test_asking_again_answers_the_one_that_is_under_way(client, alice):
    tokens = bearer(sign_in("alice").access)
    first = post_json(client, "me/exports", {}, headers=tokens)
    second = post_json(client, "me/exports", {}, headers=tokens)

    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert {name: first.json()[name] for name in ("state", "progress")} == {"state": "waiting", "progress": 0}
    assert DataExport.objects.count() == 1


def test_the_database_keeps_a_second_one_out(alice):
    DataExport.objects.create(user=alice)
    with pytest.raises(IntegrityError):
        DataExport.objects.create(user=alice)


def test_too_many_in_a_day_are_refused(client, alice, settings):
    settings.RATE_EXPORTS = "1/d"
    pack(alice)

    refused = post_json(client, "me/exports", {}, headers=bearer(sign_in("alice").access))

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 3600
    assert DataExport.objects.count() == 1


def test_the_list_shows_ones_own_newest_first(client, alice, bob):
    pack(bob)
    first, second = pack(alice), pack(alice)

    shown = client.get("/api/v1/me/exports", headers=bearer(sign_in("alice").access)).json()

    assert [row["id"] for row in shown["results"]] == [str(second.pk), str(first.pk)]
    assert {row["state"] for row in shown["results"]} == {"done"}


def test_the_file_is_handed_to_its_owner_to_be_saved(client, alice):
    export = pack(alice)

    response = client.get(f"/api/v1/me/exports/{export.pk}/file", headers=bearer(sign_in("alice").access))

    assert opened(response).testzip() is None
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="plaza-alice-')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert int(response["Content-Length"]) == export.size


def test_nobody_else_gets_it(client, alice, bob):
    export = pack(alice)
    as_bob = bearer(sign_in("bob").access)

    assert client.get(f"/api/v1/me/exports/{export.pk}/file").status_code == 401
    assert client.get(f"/api/v1/me/exports/{export.pk}/file", headers=as_bob).status_code == 404
    assert client.get(f"/settings/data/exports/{export.pk}/").status_code == 302
    client.force_login(bob)
    assert client.get(f"/settings/data/exports/{export.pk}/").status_code == 404


@pytest.mark.parametrize("wrong", ["0", "-1", "99999999999999999999999", "abc", "١", "%00", "1e3"])
def test_ids_that_are_none_lead_nowhere(client, alice, wrong):
    assert client.get(f"/api/v1/me/exports/{wrong}/file", headers=bearer(sign_in("alice").access)).status_code == 404


def test_strangers_are_asked_to_sign_in(client):
    assert client.get("/api/v1/me/exports").status_code == 401
    assert post_json(client, "me/exports", {}).status_code == 401
    assert client.get("/settings/data/").status_code == 302
    assert client.post("/settings/data/exports/new/").status_code == 302


def test_it_is_thrown_away_when_its_time_is_over(signed_in, alice):
    export, kept = pack(alice), pack(alice)
    DataExport.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    name = export.file

    throw_away_exports()

    assert not storages["private"].exists(name)
    assert DataExport.objects.get(pk=export.pk).file == ""
    assert storages["private"].exists(kept.file)
    assert signed_in.get(f"/settings/data/exports/{export.pk}/").status_code == 404
    listed = signed_in.get("/api/v1/me/exports").json()["results"]
    assert [row["state"] for row in listed] == ["done", "gone"]


def test_what_a_killed_worker_left_is_packed_by_the_next(alice, signed_in):
    export = actions.ask_export(user=alice, address=ADDRESS)
    assert work.take(DataExport, export.pk)  # and it is killed, its file half written
    storages["private"].save(f"exports/{export.pk}.zip", ContentFile(b"PK half"))
    pack_export(export.pk)
    assert DataExport.objects.get().state == "running"  # it may still live

    DataExport.objects.update(due_at=timezone.now() - timedelta(seconds=6))
    sweep_exports()
    pack_export(export.pk)

    export.refresh_from_db()
    assert (export.state, export.progress) == ("done", 100)
    assert download(signed_in, export).testzip() is None
    assert Mail.objects.filter(name="accounts/export_ready").count() == 1


def test_running_twice_packs_once(alice):
    export = pack(alice)
    files = storages["private"].listdir("exports")[1]
    pack_export(export.pk)

    assert Mail.objects.filter(name="accounts/export_ready").count() == 1
    assert storages["private"].listdir("exports")[1] == files


def test_files_that_no_row_knows_are_swept(alice):
    storage = storages["private"]
    name = storage.save("exports/4711.zip", ContentFile(b"left behind"))
    throw_away_exports()
    assert storage.exists(name)  # it may be being written

    long_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    os.utime(storage.path(name), (long_ago, long_ago))
    throw_away_exports()
    assert not storage.exists(name)


def test_many_messages_are_read_in_chunks(alice, django_assert_max_num_queries):
    room = make_room(alice)
    for number in range(12):
        say(room.member, f"Line {number}")
    messages = next(one for one in person_data.parts() if one.name == "messages")

    with django_assert_max_num_queries(2):
        assert [row["body"] for row in messages.export(alice)] == [f"Line {number}" for number in range(12)]


def test_the_act_is_in_the_audit_log(alice):
    pack(alice)

    entry = AuditEntry.objects.get(action="export_asked")
    assert (entry.actor, entry.target_id, entry.address) == (alice, str(alice.pk), ADDRESS)


def test_the_page_shows_how_far_it_is_and_offers_the_file(signed_in, alice):
    assert "Pack my data" in signed_in.get("/settings/data/").content.decode()

    signed_in.post("/settings/data/exports/new/")
    page = signed_in.get("/settings/data/").content.decode()
    assert '<progress class="progress" id="export-progress" max="100" value="0">' in page

    pack_export(DataExport.objects.get().pk)
    alone = signed_in.get("/settings/data/exports/").content.decode()
    assert f"/settings/data/exports/{DataExport.objects.get().pk}/" in alone
    assert "<progress" not in alone


def test_the_page_asks_as_many_questions_for_many_as_for_one(signed_in, alice, django_assert_num_queries):
    for _ in range(4):
        pack(alice)
    with django_assert_num_queries(4):  # session, person, exports; rail
        signed_in.get("/settings/data/")
