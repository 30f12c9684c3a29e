"""What the pages show: run inside of a server's own set-up, where it prints the facts that addresses are made of."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from PIL import Image

from accounts import actions
from accounts.models import Address, AuditEntry, DataExport, SignIn, User
from accounts.tests.factories import ADDRESS, PASSWORD, make_person, newest_mail
from billing import actions as billing
from billing import clock
from billing.models import Grant, Offer, Payment, Plan, SandboxSubscription, SandboxWebhook, Subscription
from billing.sandbox import books, webhooks
from billing.sandbox.clock import run_due
from billing.tests import sandbox_pages
from billing.tests.merchant import ONCE
from billing.tests.money import DECLINED, GOOD
from chat.models import Message, TranscriptFile
from chat.tests.factories import join, join_as_guest, make_room, say, session_key
from config.tests.every_page import EMPTY_PAGES, PAGES
from core.models import Mail, Work
from rooms import actions as room_actions
from rooms.callers import Caller
from rooms.models import Ban, Member, Space

HOUSES = (
    {"type": "home", "name": "Alice Okafor", "lines": "12 Lantern Street\nFlat 3", "city": "Bristol",
     "postal_code": "BS1 4ST", "country": "GB"},
    {"type": "work", "name": "Alice Okafor", "company": "Lamps & Light, a company with quite a long name",
     "lines": "Karl-Marx-Allee 90A", "city": "Berlin", "postal_code": "10243", "country": "DE", "phone": "+4930901820"},
    {"type": "other", "name": "أليس أوكافور", "lines": "١٢ شارع طلعت حرب", "city": "القاهرة", "region": "القاهرة",
     "country": "EG"},
)  # fmt: skip
TALK = (
    ("alice", "Good morning! Who has tried the new lamp? **Mine** flickers a little."),
    ("bob", "I have. It is the dimmer: turn it to the left until it clicks."),
    ("maha", "مساء الخير! هل يعمل هذا المصباح على ٢٢٠ فولت أيضًا؟ أريد واحدًا لغرفة الأطفال."),
    (
        "alice",
        "It does. https://plaza.example/a-rather-long-address/that-does-not-break/anywhere/by-itself/at-all.html",
    ),
    ("bob", "👋"),
    ("Gus", "I am only a guest here, but I like it."),
    ("bob", "One thing\n\nand another, on a line of its own."),
    ("bob", "And a third, right after it."),
)


def fill() -> None:
    """People who have been here for a while."""
    alice, bob, charlie, petra, tariq = (
        User.objects.get(username=name) for name in ("alice", "bob", "charlie", "petra", "tariq")
    )
    make_person("nora")
    maha = make_person("maha", display_name="مها عكاشة")
    _give_a_profile(alice)
    facts: dict[str, object] = {
        "alice": "alice",
        "nora": "nora",
        "person": alice.pk,
        "app": "accounts",
        "bad_key": "no-such-key",
    }
    facts |= _fill_account(alice, bob, petra) | _fill_rooms(alice, bob, charlie, maha) | _fill_conversations(alice)
    facts |= _make_transcripts(alice) | _ask_for_links(tariq) | _fill_payments(bob) | sandbox_pages.fill()
    dana = User.objects.get(username="dana")
    actions.deactivate_person(user=User.objects.get(username="sana"), by=dana, address=ADDRESS)
    facts["audit_entry"] = AuditEntry.objects.filter(action="email_change_asked").latest("pk").pk
    facts["mail"] = Mail.objects.filter(to=tariq.email).latest("pk").pk
    _hand_over(facts)


def empty() -> None:
    """A Plaza that was set up a moment ago, and one newcomer."""
    make_person("nora")
    Space.objects.update(expires_at=timezone.now(), swept_at=timezone.now(), name_key=None, name_skeleton=None)
    for model in (Mail, Address, SignIn, DataExport):
        model._default_manager.all().delete()
    _hand_over({})


def _hand_over(facts: dict[str, object]) -> None:
    """With a session of everybody who goes to a page. (To sign in would spend the links in mails.)"""
    visitors = User.objects.filter(username__in={visit.who for visit in (*PAGES, *EMPTY_PAGES)})
    sessions = {f"session_{user.username}": session_key(user) for user in visitors}
    sys.stdout.write(json.dumps({name: str(value) for name, value in {**facts, **sessions}.items()}))


def _give_a_profile(user: User) -> None:
    about = (
        "I make **lamps** and mend old radios.\n\n- Bristol, mostly\n- English, العربية\n\nhttps://plaza.example/alice"
    )
    actions.change_profile(
        user=user, changes={"display_name": "Alice Okafor", "about": about, "phone": "+441174960123"}
    )
    picture = BytesIO()
    Image.radial_gradient("L").convert("RGB").save(picture, "PNG")
    actions.upload_avatar(user=user, content=picture.getvalue())
    _until(lambda: User.objects.get(pk=user.pk).avatar)


def _fill_account(alice: User, bob: User, petra: User) -> dict[str, object]:
    addresses = [actions.add_address(user=alice, values=house) for house in HOUSES]
    tokens = actions.sign_in_with_password(
        login="alice", password=PASSWORD, address=ADDRESS, user_agent="Plaza for Linux 1.4 (a bot of the neighbours)"
    )
    other = actions.sign_in_with_password(login="alice", password=PASSWORD, address=ADDRESS, user_agent="curl/8.14.1")
    actions.revoke_refresh_token(refresh=other.refresh)
    assert tokens.access
    now = timezone.now()
    ended = {"user": alice, "due_at": None, "finished_at": now, "attempts": 1}
    gone = {"state": Work.State.DONE, "size": 48_213, "progress": 100, "expires_at": now - timedelta(days=1)}
    DataExport.objects.create(**ended, **gone)
    DataExport.objects.create(**ended, state=Work.State.FAILED, error="gave_up", progress=40)
    ready = {"state": Work.State.DONE, "size": 1_248_213, "progress": 100, "expires_at": now + timedelta(days=7)}
    export = DataExport.objects.create(**ended, **ready, file="exports/alice.zip")
    actions.ask_email_change(user=bob, email="bob@elsewhere.example", password=PASSWORD, address=ADDRESS)
    actions.ask_deletion(user=petra, password=PASSWORD, address=ADDRESS)
    failed = {"subject": "Your data is ready", "last_error": "SMTPRecipientsRefused: no such mailbox", "attempts": 30}
    Mail.objects.create(to="sana@plaza.example", name="accounts/export_ready", due_at=None, **failed)
    sign_in = SignIn.objects.filter(user=alice).earliest("created_at")
    return {"address": addresses[1].pk, "export": export.pk, "sign_in": sign_in.pk}


def _fill_rooms(alice: User, bob: User, charlie: User, maha: User) -> dict[str, object]:
    room = Space.objects.get(name="The Plaza")
    seats = {"alice": room.members.get(user=alice), "bob": join(room, bob), "maha": join(room, maha, "مها")}
    seats["Gus"] = join_as_guest(room, "Gus")[0]
    for name, body in TALK:
        say(seats[name], body)
    banned = join(room, charlie)
    owner = Caller(alice, frozenset(), ADDRESS)
    room_actions.block_member(caller=owner, member=join_as_guest(room, "Sam")[0])
    room_actions.ban_member(caller=owner, member=banned)
    quiet = make_room(bob, name="The room of those who read in silence")
    private = make_room(maha, name="غرفة العائلة", password=PASSWORD)
    make_room(make_person("ines"), name="मेरा कमरा")
    gone = make_room(make_person("otto"), name="Yesterday")
    join(gone.space, User.objects.get(username="nora"))
    Space.objects.filter(pk=gone.space.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    slugs = {"room": room, "quiet_room": quiet.space, "private_room": private.space, "gone_room": gone.space}
    return {name: space.slug for name, space in slugs.items()} | {
        "room_id": room.pk,
        "member": seats["bob"].pk,
        "ban": Ban.objects.get().pk,
        "message": Message.objects.filter(channel__space=room).latest("pk").pk,
        "plan": Plan.objects.get(is_free=True).pk,
        "grant": Grant.objects.earliest("pk").pk,
    }


def _fill_conversations(alice: User) -> dict[str, object]:
    caller = Caller(alice, frozenset(), ADDRESS)
    pair, group = (
        room_actions.start_conversation(caller=caller, people=names) for names in (["@bob"], ["@bob", "@maha"])
    )
    say(Member.objects.get(space=group.space, user=alice), "Who comes to the market on Friday?")
    room_actions.block_person(by=alice, of=User.objects.get(username="tariq"))
    return {"pair": pair.space.slug, "group": group.space.slug, "tariq": "tariq"}


def _make_transcripts(alice: User) -> dict[str, object]:
    seat = Member.objects.get(user=alice, space__name="The Plaza")
    now, channel = timezone.now(), seat.space.channels.get()
    of = {"channel": channel, "member": seat, "user": alice, "from_seq": 0, "last_seq": 8, "head": 8, "language": "en",
          "time_zone": "UTC"}  # fmt: skip
    ended = {"due_at": None, "finished_at": now}
    kept = {"file": "transcripts/alice.pdf", "size": 1_248_213, "expires_at": now + timedelta(days=1)}
    rows: dict[str, dict[str, object]] = {
        "transcript": {**ended, **kept, "state": Work.State.DONE, "progress": 100},
        "transcript_failed": {**ended, "state": Work.State.FAILED, "error": "gave_up", "progress": 40},
        "transcript_running": {"due_at": now + timedelta(days=1), "state": Work.State.RUNNING, "progress": 40},
    }
    return {name: TranscriptFile.objects.create(**of, **values).pk for name, values in rows.items()}


def _fill_payments(bob: User) -> dict[str, object]:
    """mona has free days and has bought something, omar's card fails, bob has begun twice and not paid."""
    mona, omar = make_person("mona", display_name="منى"), make_person("omar")
    payment = _pay(_begin(mona, "level2"))
    _pay(_begin(mona, "plaza_premium_monthly"))
    dana = User.objects.get(username="dana")
    refund = billing.ask_refund(payment=payment, amount=25_000, reason="Half of it fell out", by=dana, address=ADDRESS)
    Payment.objects.filter(pk=_pay(_begin(omar, "premium")).pk).update(flag="amount", arrived="1 EGP")
    _pay(_begin(omar, "plaza_premium_yearly"), card=ONCE)
    _fail_to_renew(Subscription.objects.get(user=omar))
    failed, waiting = _pay(_begin(bob, "level2"), card=DECLINED), _begin(bob, "level1")
    raw = SandboxWebhook.objects.earliest("pk").body.encode()
    told = {"Plaza-Signature": webhooks.sign(raw, int(time.time())), "User-Agent": "Plaza sandbox"}
    event = billing.take_event(provider="sandbox", raw=raw, headers=told)
    return {
        "payment": payment.ref,
        "payment_id": payment.pk,
        "payment_failed": failed.ref,
        "payment_waiting": waiting.ref,
        "subscription": Subscription.objects.get(user=mona).pk,
        "refund": refund.pk,
        "event": event.pk,
        "offer": Offer.objects.get(code="plaza_premium_monthly").pk,
    }


def _begin(user: User, code: str) -> Payment:
    offer = Offer.objects.select_related("plan").get(code=code)
    return billing.open_checkout(user=user, offer=offer, currency="EGP", provider="sandbox")


def _pay(payment: Payment, card: str = GOOD) -> Payment:
    books.pay(ref=payment.provider_ref, number=card)
    return billing.settle_payment(payment=payment)


def _fail_to_renew(subscription: Subscription) -> None:
    """At the provider too: what is only written down here is mended when it is asked again."""
    SandboxSubscription.objects.filter(ref=subscription.provider_ref).update(due_at=clock.now())
    run_due()
    billing.hear_subscription(subscription=subscription)


def _ask_for_links(tariq: User) -> dict[str, object]:
    actions.ask_password_reset(email=tariq.email, address=ADDRESS)
    make_person("zoe", verified=False)
    actions.ask_activation(email="zoe@plaza.example", address=ADDRESS)
    _until(lambda: Mail.objects.filter(to__in=[tariq.email, "zoe@plaza.example"]).count() > 1)
    person, _, key = newest_mail(tariq.email).link.strip("/").rpartition("/")[2].partition("-")
    return {"reset_person": person, "reset_key": key, "activation_key": newest_mail("zoe@plaza.example").key}


def _until(is_so: Callable[[], object], seconds: float = 20) -> None:
    """The server's own worker does it."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "the worker did not do it"
        time.sleep(0.1)
