"""Giving a plan, taking it back, changing what it allows: by the staff, and in the audit log."""

import json

import pytest

from accounts import actions as accounts
from accounts.errors import NothingToDo, OwnAccount, StaffAccount
from accounts.models import AuditEntry, User
from accounts.tests.factories import ADDRESS, make_person
from billing import actions, demo, person_data, policies
from billing.models import Grant, Plan
from billing.tests.factories import end, give, in_days, plan
from core.errors import Invalid
from core.times import iso

pytestmark = pytest.mark.django_db
LEVEL1 = {
    "rooms_per_12h": 3,
    "characters_per_month": None,
    "ai_messages_per_month": 1000,
    "file_bytes": 100 * 1024**2,
    "features": ["translation"],
}


def test_giving_is_in_the_log(alice, dana):
    until = in_days(30)
    grant = give(alice, "level1", until=until, reason="Won the raffle")

    assert (grant.user, grant.plan.code, grant.ends_at, grant.given_by, grant.source) == (
        alice,
        "level1",
        until,
        dana,
        "staff",
    )
    entry = AuditEntry.objects.get(action="plan_given")
    assert (entry.actor, entry.target_name, entry.address) == (dana, "alice", ADDRESS)
    assert entry.after == {"plan": "level1", "until": iso(until), "reason": "Won the raffle"}


@pytest.mark.parametrize(
    ("code", "until", "fields"),
    [("free", None, {"plan"}), ("level1", -1, {"until"}), ("level1", 0, {"until"})],
)
def test_what_cannot_be_given(alice, dana, code, until, fields):
    with pytest.raises(Invalid) as refused:
        give(alice, code, until=None if until is None else in_days(until))

    assert set(refused.value.fields or {}) == fields
    assert not Grant.objects.exists()
    assert not AuditEntry.objects.filter(action="plan_given").exists()


def test_plain_staff_give_to_people_and_not_to_staff_nor_to_themselves(alice, stan, dana):
    def give_by_stan(user: User) -> Grant:
        return actions.give_plan(user=user, plan=plan("premium"), until=None, by=stan, address=ADDRESS)

    assert give_by_stan(alice).given_by == stan
    with pytest.raises(OwnAccount):
        give_by_stan(stan)
    with pytest.raises(StaffAccount):
        give_by_stan(dana)
    assert Grant.objects.count() == 1


def test_who_is_gone_is_given_nothing(alice, dana):
    User.objects.filter(pk=alice.pk).update(erased_at=in_days(-1), is_active=False)

    with pytest.raises(NothingToDo):
        give(alice, "premium")


def test_taking_back_ends_it_now(alice, dana):
    grant = give(alice, "premium", until=in_days(30))

    actions.take_back(grant=grant, by=dana, address=ADDRESS)

    assert policies.is_free(User.objects.get(pk=alice.pk))
    entry = AuditEntry.objects.get(action="plan_taken_back")
    assert (entry.actor, entry.target_name) == (dana, "alice")
    assert entry.before == {"plan": "premium", "until": iso(grant.ends_at)}


def test_what_ended_is_not_taken_back(alice, dana):
    grant = give(alice, "premium")
    end(grant)

    with pytest.raises(NothingToDo):
        actions.take_back(grant=grant, by=dana, address=ADDRESS)
    assert not AuditEntry.objects.filter(action="plan_taken_back").exists()


def test_plain_staff_take_nothing_back_from_staff(stan, dana):
    grant = give(make_person("olga", is_staff=True), "premium")

    with pytest.raises(StaffAccount):
        actions.take_back(grant=grant, by=stan, address=ADDRESS)
    assert Grant.objects.get().ends_at is None


def test_changing_a_plan_notes_what_differs(dana):
    actions.change_plan(plan=plan("level1"), limits={**LEVEL1, "rooms_per_12h": 5}, by=dana, address=ADDRESS)

    assert plan("level1").rooms_per_12h == 5
    entry = AuditEntry.objects.get(action="plan_changed")
    assert (entry.target_name, entry.before, entry.after) == ("Level1", {"rooms_per_12h": 3}, {"rooms_per_12h": 5})


def test_changing_nothing_is_refused(dana):
    with pytest.raises(NothingToDo):
        actions.change_plan(plan=plan("level1"), limits=LEVEL1, by=dana, address=ADDRESS)
    assert not AuditEntry.objects.filter(action="plan_changed").exists()


@pytest.mark.parametrize("wrong", [{"rooms_per_12h": 0}, {"file_bytes": None}, {"features": ["flying"]}])
def test_limits_that_cannot_be(dana, wrong):
    with pytest.raises(Invalid) as refused:
        actions.change_plan(plan=plan("level1"), limits={**LEVEL1, **wrong}, by=dana, address=ADDRESS)

    assert set(refused.value.fields or {}) == set(wrong)
    assert Plan.objects.filter(code="level1", **LEVEL1).exists()


def test_given_plans_are_in_the_export(alice, dana):
    grant = give(alice, "level1", reason="Thanks")

    (row,) = json.loads(json.dumps(list(person_data._grants(alice))))
    assert row == {
        "plan": "level1",
        "source": "staff",
        "from": iso(grant.starts_at),
        "until": None,
        "reason": "Thanks",
    }


def test_they_go_with_the_account(alice, bob, dana):
    give(alice, "level1")
    give(bob, "level1")
    User.objects.filter(pk=alice.pk).update(erase_at=in_days(-1))

    accounts.erase_person(user_id=alice.pk)

    assert Grant.objects.get().user == bob


def test_in_the_demo_petra_is_premium(dana):
    petra = make_person("petra")

    demo.load()
    demo.load()

    assert Grant.objects.get().user == petra
    assert policies.plan_of(petra).code == "premium"
