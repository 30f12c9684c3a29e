"""A long transcript as PDF: asked for, made by a worker, handed to whoever asked, thrown away."""

import io
import os
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts import actions as account_actions
from accounts.models import AuditEntry, User
from accounts.tests.factories import ADDRESS, PASSWORD, bearer, make_dana, newest_mail, sign_in
from chat import transcript_pdf
from chat.actions.transcripts import _transcript
from chat.doors import AT_ONCE, MOST
from chat.models import TranscriptFile
from chat.schedule import sweep_transcripts, throw_away_transcripts
from chat.tasks import make_transcript
from chat.tests import factories
from chat.tests.pdfs import text_of
from core import person_data, work
from core.models import Mail
from rooms import actions as room_actions
from rooms.models import Channel, Member
from rooms.schedule import sweep_rooms
from rooms.tests.factories import Seated, code_of, end, guest_browser, join, make_room, person, stranger

pytestmark = pytest.mark.django_db

PAGE, API = "/rooms/{}/transcript.pdf", "/api/v1/rooms/{}/transcript.pdf"
LONG = AT_ONCE + 1


@pytest.fixture(autouse=True)
def nothing_left_over() -> None:
    """What an earlier test spent of a rate, or left on the disk, is not this one's."""
    cache.clear()
    for name in files():
        storages["private"].delete(f"transcripts/{name}")


@pytest.fixture
def room(alice: User) -> Seated:
    """In which much was said before anybody else came."""
    room = make_room(alice)
    factories.say_much(room.member, 3, "Early {number}")
    return room


def ask(client: Client, room: Seated, **extra: Any) -> Any:
    """What the API answers to who wants a long one."""
    answer: Any = client.get(API.format(room.space.slug), **extra)
    assert answer.status_code == 202, answer
    (row,) = TranscriptFile.objects.under_way()
    assert answer.json() == {"status_url": f"http://testserver/api/v1/transcripts/{row.pk}"}
    return client.get(answer.json()["status_url"], **extra).json()


def made(client: Client, room: Seated, **extra: Any) -> Any:
    """As `ask`, once the worker has made it."""
    shown = ask(client, room, **extra)
    make_transcript(int(shown["id"]))
    return client.get(f"/api/v1/transcripts/{shown['id']}", **extra).json()


def files() -> list[str]:
    storage = storages["private"]
    return storage.listdir("transcripts")[1] if storage.exists("transcripts") else []


def test_it_is_asked_for_made_and_fetched(alice: User, bob: User, room: Seated) -> None:
    member = join(room, bob)
    factories.say_much(member, LONG)
    client = person(bob)

    waiting = ask(client, room)
    assert {name: waiting[name] for name in ("state", "progress", "url")} == {
        "state": "waiting",
        "progress": 0,
        "url": None,
    }
    factories.say(member, "Said while it is being made")
    make_transcript(int(waiting["id"]))
    done = client.get(f"/api/v1/transcripts/{waiting['id']}").json()

    assert (done["state"], done["progress"]) == ("done", 100)
    told = text_of(client.get(done["url"]))
    assert f"Line {3 + LONG}" in told
    assert [number for number in range(4, 4 + LONG) if f"Line {number}" not in told] == []
    for absent in ("Early", "Said while it is being made"):
        assert absent not in told
    assert files() == [f"{done['id']}.pdf"]
    assert done["size"] == storages["private"].size(f"transcripts/{done['id']}.pdf")


def test_what_was_made_is_handed_out_until_something_changes(alice: User, room: Seated) -> None:
    factories.say_much(room.member, LONG)
    client = person(alice)
    made(client, room)

    for base in (PAGE, API):
        assert "Line 400" in text_of(client.get(base.format(room.space.slug)))
    assert TranscriptFile.objects.count() == 1
    factories.say(room.member, "Something new")
    assert client.get(API.format(room.space.slug)).status_code == 202
    assert TranscriptFile.objects.count() == 2


def test_asking_again_answers_the_one_that_is_under_way(alice: User, room: Seated) -> None:
    factories.say_much(room.member, LONG)
    client = person(alice)

    first = ask(client, room)
    factories.say(room.member, "Something new")
    assert ask(client, room)["id"] == first["id"]

    page: Any = client.get(PAGE.format(room.space.slug))
    assert (page.status_code, page["Location"]) == (302, f"/transcripts/{first['id']}/")


def test_the_database_keeps_a_second_one_out(alice: User, room: Seated) -> None:
    values = {"channel": room.channel, "from_seq": 0, "last_seq": 9, "head": 9, "user": alice}
    TranscriptFile.objects.create(member=room.member, **values)
    TranscriptFile.objects.create(member=None, **values)
    with pytest.raises(IntegrityError):
        TranscriptFile.objects.create(member=room.member, **values)


def test_many_are_refused(alice: User, room: Seated, settings: Any) -> None:
    settings.RATE_LONG_TRANSCRIPTS = "1/h"
    factories.say_much(room.member, LONG)
    made(person(alice), room)
    factories.say(room.member, "Something new")

    refused = person(alice).get(API.format(room.space.slug))

    assert code_of(refused) == (429, "slow_down")
    assert TranscriptFile.objects.count() == 1


def test_more_than_a_worker_can_do_is_refused_and_stays_there_as_text(alice: User, room: Seated) -> None:
    Channel.objects.filter(pk=room.channel.pk).update(last_seq=MOST + 1, head=MOST + 1)

    assert code_of(person(alice).get(API.format(room.space.slug))) == (409, "transcript_too_long")
    assert "as plain text" in person(alice).get(PAGE.format(room.space.slug)).content.decode()
    text: Any = person(alice).get(f"/rooms/{room.space.slug}/transcript.txt")
    assert b"Early 3" in text.getvalue()
    assert not TranscriptFile.objects.exists()


def test_nobody_else_sees_or_gets_it(alice: User, bob: User, charlie: User, room: Seated) -> None:
    join(room, bob)
    factories.say_much(room.member, LONG)
    row = made(person(alice), room)
    dana = make_dana()
    guest, token = factories.join_as_guest(room.space, "Gus")

    others: list[tuple[Client, dict[str, Any]]] = [
        *((person(user), {}) for user in (bob, charlie, dana)),
        *((stranger(), {"headers": bearer(sign_in(user.username).access)}) for user in (bob, charlie, dana)),
        (guest_browser(room, guest), {}),
        (stranger(), {"headers": bearer(token)}),
        (stranger(), {}),
    ]
    for client, extra in others:
        for path in (
            f"/api/v1/transcripts/{row['id']}",
            f"/api/v1/transcripts/{row['id']}/file",
            f"/transcripts/{row['id']}/",
            f"/transcripts/{row['id']}/state/",
            f"/transcripts/{row['id']}/file/",
        ):
            assert client.get(path, **extra).status_code in (401, 404), path


@pytest.mark.parametrize("wrong", ["0", "-1", "99999999999999999999999", "abc", "١", "%00", "1e3"])
def test_ids_that_are_none_lead_nowhere(alice: User, wrong: str) -> None:
    for path in ("/api/v1/transcripts/{}", "/api/v1/transcripts/{}/file", "/transcripts/{}/", "/transcripts/{}/file/"):
        assert person(alice).get(path.format(wrong)).status_code == 404


def test_long_ones_are_not_there_for_who_is_not_in(alice: User, bob: User, charlie: User, room: Seated) -> None:
    left, banned = join(room, bob), join(room, charlie)
    factories.say_much(left, LONG)
    room_actions.leave_room(caller=factories.caller(bob), slug=room.space.slug)
    room_actions.ban_member(caller=factories.caller(alice), member=banned)

    for client in (person(bob), person(charlie), person(make_dana()), stranger()):
        for base in (PAGE, API):
            assert client.get(base.format(room.space.slug)).status_code == 404
    assert not TranscriptFile.objects.exists()


def test_guests_get_a_long_one_too_and_no_mail(alice: User, room: Seated) -> None:
    guest, token = factories.join_as_guest(room.space, "Gus")
    factories.say_much(guest, LONG)

    row = made(stranger(), room, headers=bearer(token))

    assert "Line 4" in text_of(stranger().get(row["url"], headers=bearer(token)))
    browser = guest_browser(room, guest)
    assert f"/transcripts/{row['id']}/file/" in browser.get(f"/transcripts/{row['id']}/").content.decode()
    assert "Line 4" in text_of(browser.get(f"/transcripts/{row['id']}/file/"))
    assert not Mail.objects.exists()


def test_a_mail_says_that_it_is_ready(alice: User, room: Seated, settings: Any) -> None:
    settings.PUBLIC_URL = "https://plaza.example"
    factories.say_much(room.member, LONG)
    User.objects.filter(pk=alice.pk).update(language="en", time_zone="Africa/Cairo")
    row = made(person(alice), room)

    mail = newest_mail("alice@plaza.example")
    assert (mail.name, mail.link) == ("chat/transcript_ready", f"https://plaza.example/transcripts/{row['id']}/")
    assert "Tea house" in mail.text
    assert mail.link in mail.html
    assert person(alice).get(f"/transcripts/{row['id']}/").status_code == 200


def test_the_page_shows_how_far_it_is_and_offers_the_file(alice: User, room: Seated) -> None:
    factories.say_much(room.member, LONG)
    client = person(alice)

    shown: Any = client.get(PAGE.format(room.space.slug), follow=True)
    page = shown.content.decode()
    row = TranscriptFile.objects.get()
    assert '<progress class="progress" id="transcript-progress" max="100" value="0">' in page
    assert f'hx-get="/transcripts/{row.pk}/state/"' in page

    make_transcript(row.pk)
    alone = client.get(f"/transcripts/{row.pk}/state/").content.decode()
    assert f"/transcripts/{row.pk}/file/" in alone
    assert "<progress" not in alone
    assert "<html" not in alone


def test_progress_is_told_while_it_is_made(alice: User, room: Seated) -> None:
    factories.say_much(room.member, 2 * LONG)
    row = TranscriptFile.objects.get(pk=ask(person(alice), room)["id"])
    taken = work.take(TranscriptFile, row.pk)
    assert taken is not None
    told: list[int] = []
    transcript_pdf.write(_transcript(taken), io.BytesIO(), told.append)

    assert told == sorted(told)
    assert len(told) == 3
    assert told[-1] == 100


def test_who_is_banned_or_leaves_meanwhile_gets_nothing(alice: User, bob: User, charlie: User, room: Seated) -> None:
    banned, left = join(room, bob), join(room, charlie)
    factories.say_much(banned, LONG)
    ready = made(person(bob), room)
    waiting = ask(person(charlie), room)
    room_actions.ban_member(caller=factories.caller(alice), member=banned)
    room_actions.leave_room(caller=factories.caller(charlie), slug=room.space.slug)
    make_transcript(int(waiting["id"]))

    assert code_of(person(bob).get(ready["url"])) == (404, "not_found")
    assert code_of(person(charlie).get(f"/api/v1/transcripts/{waiting['id']}")) == (404, "not_found")
    row = TranscriptFile.objects.get(pk=waiting["id"])
    assert (row.state, row.error, row.file) == ("failed", "not_found", "")
    assert files() == [f"{ready['id']}.pdf"]
    assert set(Mail.objects.values_list("to", flat=True)) == {"bob@plaza.example"}
    room_actions.unban_member(caller=factories.caller(alice), member=Member.objects.get(pk=banned.pk))
    join(room, bob)
    assert code_of(person(bob).get(ready["url"])) == (404, "not_found"), "it has what was said before they came back"
    assert left.pk


def test_after_the_end_and_gone_with_the_sweep(alice: User, bob: User, room: Seated, settings: Any) -> None:
    join(room, bob)
    factories.say_much(room.member, LONG)
    end(room)
    row = made(person(alice), room)
    assert "Line 400" in text_of(person(alice).get(row["url"]))
    waiting = ask(person(bob), room)
    taken = work.take(TranscriptFile, int(waiting["id"]))
    assert taken is not None

    end(room, ago=settings.ROOM_SWEEP_AFTER + 1)
    sweep_rooms()

    assert files() == []
    assert not TranscriptFile.objects.exists()
    make_transcript(int(waiting["id"]))
    for path in (
        f"/api/v1/transcripts/{row['id']}",
        f"/api/v1/transcripts/{row['id']}/file",
        f"/transcripts/{row['id']}/",
    ):
        assert person(alice).get(path).status_code == 404
    assert files() == []
    with pytest.raises(work.Lost):
        work.advance(taken, 50)


def test_what_a_killed_worker_left_is_made_by_the_next(alice: User, room: Seated) -> None:
    factories.say_much(room.member, LONG)
    row_id = int(ask(person(alice), room)["id"])
    assert work.take(TranscriptFile, row_id)  # and it is killed, its file half written
    storages["private"].save(f"transcripts/{row_id}.pdf", ContentFile(b"%PDF half"))
    make_transcript(row_id)
    assert TranscriptFile.objects.get().state == "running"  # it may still live

    TranscriptFile.objects.update(due_at=timezone.now() - timedelta(seconds=6))
    sweep_transcripts()
    make_transcript(row_id)

    row = TranscriptFile.objects.get()
    assert (row.state, row.attempts, files()) == ("done", 2, [f"{row_id}.pdf"])
    assert "Line 400" in text_of(person(alice).get(f"/transcripts/{row_id}/file/"))
    assert Mail.objects.filter(name="chat/transcript_ready").count() == 1


def test_running_twice_makes_one(alice: User, room: Seated) -> None:
    factories.say_much(room.member, LONG)
    row = made(person(alice), room)
    make_transcript(int(row["id"]))

    assert files() == [f"{row['id']}.pdf"]
    assert Mail.objects.filter(name="chat/transcript_ready").count() == 1


def test_it_is_thrown_away_when_its_time_is_over(alice: User, room: Seated) -> None:
    factories.say_much(room.member, LONG)
    client = person(alice)
    row = made(client, room)
    TranscriptFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    throw_away_transcripts()

    assert files() == []
    assert client.get(f"/api/v1/transcripts/{row['id']}").json()["state"] == "gone"
    assert client.get(row["url"]).status_code == 404
    assert "Make it anew" in client.get(f"/transcripts/{row['id']}/").content.decode()
    TranscriptFile.objects.update(finished_at=timezone.now() - timedelta(days=8))
    throw_away_transcripts()
    assert not TranscriptFile.objects.exists()


def test_files_that_no_row_knows_are_swept(alice: User) -> None:
    storage = storages["private"]
    name = storage.save("transcripts/4711.pdf", ContentFile(b"left behind"))
    throw_away_transcripts()
    assert storage.exists(name), "it may be being written"

    long_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    os.utime(storage.path(name), (long_ago, long_ago))
    throw_away_transcripts()
    assert not storage.exists(name)


def test_an_erased_person_leaves_none(alice: User, bob: User, room: Seated) -> None:
    factories.say_much(join(room, bob), LONG)
    made(person(bob), room)
    (part,) = [one for one in person_data.parts() if one.name == "transcripts"]
    assert [row["room"] for row in part.export(bob)] == ["Tea house"]

    account_actions.ask_deletion(user=bob, password=PASSWORD, address=ADDRESS)
    User.objects.filter(pk=bob.pk).update(erase_at=timezone.now() - timedelta(seconds=1))
    account_actions.erase_person(user_id=bob.pk)

    assert files() == []
    assert not TranscriptFile.objects.exists()


def test_staff_wait_for_the_whole_of_a_long_room(alice: User, room: Seated) -> None:
    dana = make_dana()
    factories.say_much(room.member, LONG)
    asked = {"action": "export_pdf", "_selected_action": [str(room.space.pk)], "index": "0"}

    answer: Any = person(dana).post("/admin/rooms/space/", asked)

    row = TranscriptFile.objects.get()
    assert (row.member, row.user, row.from_seq) == (None, dana, 0)
    assert (answer.status_code, answer["Location"]) == (302, f"/transcripts/{row.pk}/")
    assert AuditEntry.objects.filter(action="room_exported", actor=dana).count() == 1
    make_transcript(row.pk)
    told = text_of(person(dana).get(f"/transcripts/{row.pk}/file/"))
    assert "Early 1" in told
    assert "Line 400" in told
    assert person(alice).get(f"/transcripts/{row.pk}/file/").status_code == 404
    User.objects.filter(pk=dana.pk).update(is_staff=False)
    assert person(dana).get(f"/transcripts/{row.pk}/file/").status_code == 404
