"""The pages of the staff: who gets in, what they see, what they can do."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.errors import AccountInactive, LastSuperuser
from accounts.models import Address, AuditEntry, SignIn, User
from accounts.tests.factories import ADDRESS, PASSWORD, bearer, make_dana, make_person, sign_in
from core.models import Mail

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/accounts/user/"
LISTS = [
    PEOPLE,
    "/admin/accounts/address/",
    "/admin/accounts/signin/",
    "/admin/accounts/dataexport/",
    "/admin/accounts/auditentry/",
    "/admin/core/mail/",
]


@pytest.fixture(autouse=True)
def whole_allowances() -> None:
    """What an earlier test spent of a rate is not this one's."""
    cache.clear()


@pytest.fixture
def dana(db: None) -> User:
    """A superuser."""
    return make_dana()


@pytest.fixture
def stan(db: None) -> User:
    """Plain staff."""
    return make_person("stan", is_staff=True)


def browser_of(user: User) -> Client:
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(user)
    return client


def act(client: Client, name: str, *people: User, path: str = PEOPLE, sure: bool = True):
    asked = {"action": name, "_selected_action": [str(one.pk) for one in people], "index": "0"}
    return client.post(path, {**asked, **({"sure": "1"} if sure else {})}, follow=True)


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


# --- Who gets in


@pytest.mark.parametrize("path", ["/admin/", *LISTS, "/admin/nothing/", "/admin/login/"])
def test_strangers_are_sent_to_our_own_sign_in(client, path):
    answer = client.get(path, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=/admin/")


@pytest.mark.parametrize(
    "path", ["/admin/", *LISTS, "/admin/nothing/", "/admin/login/", "/admin/jsi18n/", f"{PEOPLE}1/change/"]
)
def test_for_people_who_are_no_staff_there_is_nothing(alice, path):
    assert browser_of(alice).get(path).status_code == 404


def test_next_never_leads_elsewhere(client):
    answer = client.get("/admin/login/?next=https://evil.example/")

    assert answer.url == "/accounts/login/?next=/admin/"


@pytest.mark.parametrize("path", ["/admin/", *LISTS])
def test_superusers_and_plain_staff_see_every_page(dana, stan, path):
    for user in (dana, stan):
        assert browser_of(user).get(path).status_code == 200


def test_staff_who_were_deactivated_are_out(stan):
    client = browser_of(stan)
    actions.deactivate(user=stan)

    assert client.get("/admin/").status_code == 302


def test_only_models_with_a_page_of_ours_are_there():
    assert {model._meta.label for model in admin.site._registry} == {
        "accounts.User",
        "accounts.Address",
        "accounts.SignIn",
        "accounts.DataExport",
        "accounts.AuditEntry",
        "core.Mail",
        "billing.Plan",
        "billing.Refund",
        "billing.Subscription",
        "billing.Grant",
        "billing.InboundEvent",
        "billing.Offer",
        "billing.Payment",
        "djstripe.Customer",
        "djstripe.Subscription",
        "djstripe.Invoice",
        "djstripe.Charge",
        "rooms.Space",
        "rooms.Member",
        "rooms.Ban",
        "chat.Message",
    }


@pytest.mark.parametrize("user", ["dana", "stan"])
@pytest.mark.parametrize("path", LISTS)
def test_nothing_is_added_changed_or_deleted_but_by_an_act(request, user, path, alice):
    client = browser_of(request.getfixturevalue(user))
    Address.objects.create(user=alice, name="Alice", city="Cairo", country="EG")
    sign_in("alice")
    model = next(one for one in admin.site._registry if path == f"/admin/{one._meta.app_label}/{one._meta.model_name}/")
    row = model.objects.first()
    pk = row.pk if row else 1

    assert client.get(f"{path}add/").status_code == 403
    assert client.post(f"{path}add/", {"username": "eve"}).status_code == 403
    if row:
        assert client.post(f"{path}{pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.post(f"{path}{pk}/change/", {"username": "eve"}).status_code == 403
    client.post(path, {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"})
    assert not row or model.objects.filter(pk=pk).exists()


def test_signing_out_and_changing_the_password_are_our_own(dana):
    client = browser_of(dana)
    assert client.get("/admin/password_change/").url == "/accounts/password/change/"
    assert client.post("/admin/logout/").url == "/"

    assert AuditEntry.objects.filter(action="signed_out", actor=dana).exists()
    assert client.get("/admin/").status_code == 302


def test_only_admin_pages_may_evaluate(dana):
    client = browser_of(dana)
    assert "'unsafe-eval'" in client.get("/admin/")["Content-Security-Policy"]
    for path in ("/", "/rooms/", "/accounts/login/", "/settings/data/", "/admin/nothing/", "/adminx/", "/api/v1/me"):
        shown = client.get(path)["Content-Security-Policy"]
        assert "unsafe" not in shown, path


# --- People


def test_a_person_is_found_by_name_and_by_address(dana, alice, bob):
    client = browser_of(dana)
    for asked in ("alic", "alice@plaza"):
        page = client.get(PEOPLE, {"q": asked}).content.decode()
        assert "alice@plaza.example" in page
        assert "bob@plaza.example" not in page


@pytest.mark.parametrize(
    ("standing", "fields"),
    [
        ("deactivated", {"is_active": False}),
        ("unconfirmed", {"email": ""}),
        ("deletion", {"erase_at": timezone.now()}),
        ("deleted", {"erased_at": timezone.now(), "is_active": False}),
    ],
)
def test_people_are_filtered_by_their_standing(dana, alice, bob, standing, fields):
    User.objects.filter(pk=bob.pk).update(**fields)
    client = browser_of(dana)

    shown = client.get(PEOPLE, {"standing": standing}).context["cl"].result_list
    assert list(shown) == [bob]
    others = client.get(PEOPLE, {"standing": "active"}).context["cl"].result_list
    assert alice in list(others)


def test_the_password_is_never_shown(dana, alice):
    page = browser_of(dana).get(f"{PEOPLE}{alice.pk}/change/").content.decode()

    assert "alice@plaza.example" in page
    assert alice.password not in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize(
    "query",
    ["q=%00", "standing=%00", "standing=none", "is_staff__exact=x", "p=99999", "o=99.-1", "e=1", "password=x", "all="],
)
def test_hostile_queries_are_no_5xx(dana, query):
    assert browser_of(dana).get(f"{PEOPLE}?{query}", follow=True).status_code in (200, 400)


@pytest.mark.parametrize(
    "query", ["at_from=%00", "at_from=x", "at_to=99999-01-01", "at_from=0000-00-00", "action=%00", "target_id=%00"]
)
def test_hostile_filters_of_the_log_too(dana, query):
    assert browser_of(dana).get(f"/admin/accounts/auditentry/?{query}", follow=True).status_code in (200, 400)


@pytest.mark.parametrize("pk", ["0", "-1", "99999999999999999999999", "x", "%00", "1_00"])
@pytest.mark.parametrize("path", [PEOPLE, "/admin/accounts/signin/"])
def test_ids_that_are_none_lead_back(dana, path, pk):
    assert browser_of(dana).get(f"{path}{pk}/change/", follow=True).status_code in (200, 404)


# --- What staff do


def test_deactivating_is_asked_first_and_ends_every_access(dana, alice):
    client, tokens = browser_of(dana), sign_in("alice")

    asked = act(client, "deactivate", alice, sure=False)
    assert "alice" in asked.content.decode()
    assert fresh(alice).is_active

    done = act(client, "deactivate", alice)
    assert said(done) == ["Deactivated: alice"]
    assert not fresh(alice).is_active
    assert Client().get("/api/v1/me", headers=bearer(tokens.access)).status_code == 401
    entry = AuditEntry.objects.get(action="deactivated")
    assert (entry.actor, entry.target_name, entry.address) == (dana, "alice", ADDRESS)


def test_reactivating(dana, alice):
    actions.deactivate(user=alice)

    assert said(act(browser_of(dana), "reactivate", alice)) == ["Reactivated: alice"]
    assert fresh(alice).is_active
    entry = AuditEntry.objects.get(action="reactivated")
    assert (entry.before, entry.after) == ({"is_active": False}, {"is_active": True})


def test_signing_out_everywhere(dana, alice):
    hers, tokens = browser_of(alice), sign_in("alice")

    assert said(act(browser_of(dana), "sign_out", alice)) == ["Signed out everywhere: alice"]
    assert hers.get("/settings/data/").status_code == 302
    assert Client().get("/api/v1/me", headers=bearer(tokens.access)).status_code == 401
    assert AuditEntry.objects.get(action="signed_out_everywhere").actor == dana


def test_the_activation_mail_once_more(dana, alice):
    new = make_person("nora", verified=False)

    assert said(act(browser_of(dana), "resend_activation", new)) == ["The activation mail is on its way to: nora"]
    assert said(act(browser_of(dana), "resend_activation", alice)) == [
        "alice: The e-mail address is confirmed already."
    ]


def test_a_deletion_is_cancelled(dana, alice):
    actions.ask_deletion(user=alice, password=PASSWORD, address=ADDRESS)

    assert said(act(browser_of(dana), "keep_account", alice)) == ["The account stays: alice"]
    assert fresh(alice).erase_at is None
    assert AuditEntry.objects.get(action="deletion_cancelled").actor == dana


def test_several_at_once_each_by_themselves(dana, alice, bob):
    actions.deactivate(user=bob)

    assert said(act(browser_of(dana), "deactivate", alice, bob, dana)) == [
        "Deactivated: alice",
        "bob: There is nothing to do: it is so already.",
        "dana: That cannot be done to your own account.",
    ]


@pytest.mark.parametrize("name", ["deactivate", "reactivate", "sign_out", "resend_activation", "keep_account"])
def test_plain_staff_look_after_people_and_not_after_staff(dana, stan, alice, name):
    other = make_person("olga", is_staff=True)
    before = AuditEntry.objects.count()

    refused = said(act(browser_of(stan), name, dana, other, stan))

    assert len(refused) == 3
    assert sum("Only a superuser" in one for one in refused) == 2
    assert AuditEntry.objects.count() == before
    assert fresh(dana).is_active


def test_who_was_deactivated_a_moment_ago_does_nothing_any_more(dana, stan, alice):
    as_the_page_knew_them = User.objects.get(pk=stan.pk)
    actions.deactivate(user=stan)

    with pytest.raises(AccountInactive):
        actions.deactivate_person(user=alice, by=as_the_page_knew_them, address=ADDRESS)

    assert fresh(alice).is_active


def test_a_superuser_who_leaves_does_not_deactivate_the_last_other_one(dana):
    petra = make_person("petra", is_staff=True, is_superuser=True)
    actions.ask_deletion(user=dana, password=PASSWORD, address=ADDRESS)

    with pytest.raises(LastSuperuser):
        actions.deactivate_person(user=petra, by=dana, address=ADDRESS)

    assert fresh(petra).is_active


def test_plain_staff_deactivate_a_person(stan, alice):
    assert said(act(browser_of(stan), "deactivate", alice)) == ["Deactivated: alice"]


def test_an_erased_account_does_not_come_back(dana, alice):
    User.objects.filter(pk=alice.pk).update(erased_at=timezone.now(), is_active=False)

    assert said(act(browser_of(dana), "reactivate", alice)) == ["alice: There is nothing to do: it is so already."]
    assert not fresh(alice).is_active


def test_an_act_from_elsewhere_needs_our_token(dana, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana)

    assert client.post(PEOPLE, {"action": "deactivate", "_selected_action": [alice.pk], "sure": "1"}).status_code == 403
    assert fresh(alice).is_active


def test_an_app_is_signed_out(dana, alice):
    tokens = sign_in("alice")
    row = SignIn.objects.get()

    done = act(browser_of(dana), "revoke", row, path="/admin/accounts/signin/")

    assert len(said(done)) == 1
    assert Client().get("/api/v1/me", headers=bearer(tokens.access)).status_code == 401
    assert AuditEntry.objects.get(action="sign_in_revoked").actor == dana


# --- Mails and the audit log


def make_mail(**fields) -> Mail:
    return Mail.objects.create(
        to="alice@plaza.example", name="accounts/welcome", subject="Hello", text="secret-link", **fields
    )


def test_a_mail_that_was_given_up_is_sent_again(dana):
    failed, waiting = make_mail(due_at=None, attempts=30), make_mail()

    done = act(browser_of(dana), "send_again", failed, waiting, path="/admin/core/mail/")

    assert len([one for one in said(done) if one.startswith("On its way")]) == 1
    failed.refresh_from_db()
    assert failed.attempts == 0
    assert failed.due_at is not None
    assert AuditEntry.objects.get(action="mail_sent_again").target_id == str(failed.pk)


def test_what_is_in_a_mail_is_shown_in_the_demo_only(dana, settings):
    path = f"/admin/core/mail/{make_mail().pk}/change/"
    client = browser_of(dana)
    assert "secret-link" in client.get(path).content.decode()

    settings.DEMO = False
    assert "secret-link" not in client.get(path).content.decode()


@pytest.mark.parametrize("state", ["waiting", "sent", "failed"])
def test_mails_are_filtered_by_state(dana, state):
    now = timezone.now()
    rows = {"waiting": make_mail(), "sent": make_mail(due_at=None, sent_at=now), "failed": make_mail(due_at=None)}

    shown = browser_of(dana).get("/admin/core/mail/", {"state": state}).context["cl"].result_list

    assert list(shown) == [rows[state]]


def make_entry(**fields) -> AuditEntry:
    fields = {"action": "email_changed", "actor_name": "alice", "target_name": "alice", **fields}
    return AuditEntry.objects.create(**fields)


def test_the_audit_log_shows_what_was_changed(dana):
    make_entry(before={"email": "old@x.example"}, after={"email": "<b>new</b>"}, address="2001:db8::1")

    page = browser_of(dana).get("/admin/accounts/auditentry/").content.decode()

    assert '<del dir="auto">old@x.example</del> <ins dir="auto">&lt;b&gt;new&lt;/b&gt;</ins>' in page
    assert "2001:db8::1" in page


@pytest.mark.parametrize("query", [{"q": "bob"}, {"action": "signed_in"}, {"at_to": "2020-01-01"}])
def test_the_audit_log_is_searched(dana, query):
    make_entry()
    old = make_entry(actor_name="bob", action="signed_in")
    AuditEntry.objects.filter(pk=old.pk).update(at="2020-01-01T23:00:00Z")

    shown = browser_of(dana).get("/admin/accounts/auditentry/", query).context["cl"].result_list

    assert list(shown) == [old]


def test_the_history_of_a_row_is_its_part_of_the_audit_log(dana, alice, bob):
    mine = make_entry(target_type="accounts.user", target_id=str(alice.pk))
    make_entry(target_type="accounts.user", target_id=str(bob.pk))

    page = browser_of(dana).get(f"{PEOPLE}{alice.pk}/history/", follow=True)

    assert list(page.context["cl"].result_list) == [mine]


# --- As many questions for many as for one


@pytest.mark.parametrize("many", [1, 60])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (PEOPLE, 4),  # session, person, count, rows
        ("/admin/accounts/address/", 4),
        ("/admin/accounts/signin/", 4),
        ("/admin/accounts/dataexport/", 4),
        ("/admin/accounts/auditentry/", 5),  # and the acts that there are, for the filter
        ("/admin/core/mail/", 4),
    ],
)
def test_of_each_list(dana, path, queries, many, django_assert_num_queries):
    people = User.objects.bulk_create(
        User(username=f"p{n}", username_key=f"p{n}", email=f"p{n}@plaza.example") for n in range(many)
    )
    Address.objects.bulk_create(Address(user=one, name="A", city="B", country="EG") for one in people)
    SignIn.objects.bulk_create(SignIn(user=one, used_at=timezone.now()) for one in people)
    AuditEntry.objects.bulk_create(AuditEntry(actor=one, action="signed_in") for one in people)
    Mail.objects.bulk_create(Mail(to=one.email, name="accounts/welcome", subject="Hello") for one in people)
    for one in people:
        one.data_exports.create()
    client = browser_of(dana)
    with django_assert_num_queries(queries):
        client.get(path)


def test_of_the_overview(dana, django_assert_num_queries):
    client = browser_of(dana)
    with django_assert_num_queries(6):  # session, person; people, mails, exports, days
        page = client.get("/admin/")

    numbers = {card["title"]: card["number"] for card in page.context["cards"]}
    assert (numbers["People"], numbers["Signed up this week"], numbers["Mails failed"]) == (1, 1, 0)
    assert page.context["signed_up"]["count"] == 1


def test_the_chart_has_a_bar_for_each_day(dana, alice):
    User.objects.filter(pk=alice.pk).update(date_joined=timezone.now() - timedelta(days=3))
    bars = browser_of(dana).get("/admin/").context["signed_up"]["bars"]

    assert [bar["count"] for bar in bars] == [0] * 10 + [1, 0, 0, 1]
