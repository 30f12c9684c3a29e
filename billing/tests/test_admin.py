"""The pages of the staff about plans: what they show, and the acts that ask for something first."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.tests.factories import ADDRESS
from billing.models import Grant, Plan
from billing.tests.factories import end, give, plan

pytestmark = pytest.mark.django_db
PEOPLE, PLANS, GRANTS = "/admin/accounts/user/", "/admin/billing/plan/", "/admin/billing/grant/"


def browser_of(user: User) -> Client:
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(user)
    return client


def act(client: Client, path: str, name: str, *rows, sure: bool = True, **given):
    asked = {"action": name, "_selected_action": [str(row.pk) for row in rows], "index": "0"}
    filled = {f"given-{field}": value for field, value in given.items()}
    return client.post(path, {**asked, **filled, **({"sure": "1"} if sure else {})}, follow=True)


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("user", ["dana", "stan"])
@pytest.mark.parametrize("path", [PLANS, GRANTS])
def test_nothing_is_added_changed_or_deleted_but_by_an_act(request, user, path, alice, dana):
    client, grant = browser_of(request.getfixturevalue(user)), give(alice, "level1")
    row = plan("level1") if path == PLANS else grant

    for page in (path, f"{path}{row.pk}/change/"):
        assert client.get(page).status_code == 200
    for page in ("add/", f"{row.pk}/delete/", f"{row.pk}/change/"):
        assert client.post(f"{path}{page}", {"name": "Evil", "post": "yes"}).status_code == 403
    assert (Plan.objects.count(), Grant.objects.count(), plan("level1").name) == (5, 1, "Level1")


def test_for_people_who_are_no_staff_there_is_nothing(alice):
    for path in (PLANS, GRANTS):
        assert browser_of(alice).get(path).status_code == 404


def test_the_lists_are_constant_queries(dana, alice, bob, django_assert_max_num_queries):
    for user in (alice, bob, alice, bob):
        give(user, "level1")
    client = browser_of(dana)
    client.get(GRANTS)
    for path, most in ((GRANTS, 7), (PLANS, 6)):
        with django_assert_max_num_queries(most):
            client.get(path)


def test_the_table_of_plans_says_what_each_allows(stan):
    page = browser_of(stan).get(PLANS).content.decode().lower()

    for shown in ("rooms in 12 hours", "ai messages in a month", "unlimited", "25.0\xa0mb", "hd video"):
        assert shown in page, shown


# --- Giving


def test_a_persons_page_offers_to_give_a_plan(stan, alice):
    assert "Give a plan" in browser_of(stan).get(f"{PEOPLE}{alice.pk}/change/").content.decode()


def test_which_plan_and_until_when_is_asked_first(stan, alice):
    page = act(browser_of(stan), PEOPLE, "give_plan", alice, sure=False).content.decode()

    assert 'name="given-plan"' in page
    assert 'type="date"' in page
    assert "Level1" in page
    assert ">Free<" not in page
    assert not Grant.objects.exists()


def test_it_is_given_through_the_end_of_the_last_day(stan, alice):
    day = timezone.localdate() + timedelta(days=10)
    asked = {"plan": plan("level2").pk, "until": day.isoformat(), "reason": "Helped a lot"}
    done = act(browser_of(stan), PEOPLE, "give_plan", alice, **asked)

    assert said(done) == ["The plan was given to: alice"]
    grant = Grant.objects.get()
    assert (grant.user, grant.plan.code, grant.given_by, grant.reason) == (alice, "level2", stan, "Helped a lot")
    assert timezone.localtime(grant.ends_at).isoformat()[:19] == f"{day + timedelta(days=1)}T00:00:00"
    assert AuditEntry.objects.get(action="plan_given").address == ADDRESS


def test_without_a_last_day_it_is_for_good_and_several_get_it_at_once(dana, alice, bob):
    done = act(browser_of(dana), PEOPLE, "give_plan", alice, bob, dana, plan=plan("premium").pk, until="")

    assert said(done) == ["The plan was given to: bob, alice", "dana: That cannot be done to your own account."]
    assert set(Grant.objects.values_list("user__username", "ends_at")) == {("alice", None), ("bob", None)}


@pytest.mark.parametrize(
    "given",
    [
        {"plan": "", "until": ""},
        {"plan": "x", "until": ""},
        {"plan": "999999", "until": ""},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"until": "soon"},
        {"until": "\0"},
        {"reason": "x" * 201},
        {"reason": "\0"},
    ],
)
def test_what_is_wrong_is_said_and_asked_again(stan, alice, given):
    asked = {"plan": plan("level1").pk, "until": (date.today() + timedelta(days=1)).isoformat(), **given}
    page = act(browser_of(stan), PEOPLE, "give_plan", alice, **asked)

    assert page.status_code == 200
    assert 'class="errorlist"' in page.content.decode()
    assert not Grant.objects.exists()


def test_the_free_plan_cannot_be_given(stan, alice):
    page = act(browser_of(stan), PEOPLE, "give_plan", alice, plan=plan("free").pk, until="")

    assert 'class="errorlist"' in page.content.decode()
    assert not Grant.objects.exists()


def test_taking_back_is_asked_first(stan, alice):
    grant = give(alice, "premium")
    asked = act(browser_of(stan), GRANTS, "take_back", grant, sure=False)
    assert "The plan ends now" in asked.content.decode()
    assert Grant.objects.get().ends_at is None

    done = act(browser_of(stan), GRANTS, "take_back", grant)
    assert said(done) == ["Taken back: Premium · alice"]
    assert Grant.objects.get().ends_at is not None


def test_only_what_is_in_force_is_offered_to_be_taken_back(stan, alice):
    grant, path = give(alice, "premium"), browser_of(stan)
    assert "Take it back" in path.get(f"{GRANTS}{grant.pk}/change/").content.decode()
    end(grant)
    assert "Take it back" not in path.get(f"{GRANTS}{grant.pk}/change/").content.decode()


@pytest.mark.parametrize(("standing", "count"), [("living", 1), ("ended", 1), ("\0", 2), ("none", 2)])
def test_given_plans_are_filtered_by_their_standing(stan, alice, standing, count):
    give(alice, "premium")
    end(give(alice, "level1"))
    answer = browser_of(stan).get(GRANTS, {"standing": standing}, follow=True)

    assert answer.status_code == (400 if standing == "\0" else 200)
    if standing != "\0":
        assert len(answer.context["cl"].result_list) == count


# --- Changing what a plan allows

LEVEL1 = {
    "rooms_per_12h": "3",
    "characters_per_month": "",
    "ai_messages_per_month": "1000",
    "file_megabytes": "100",
    "features": ["translation"],
}


def test_the_form_shows_what_holds_now(dana):
    page = act(browser_of(dana), PLANS, "change", plan("level1"), sure=False).content.decode()

    for shown in ('name="given-rooms_per_12h" value="3"', 'name="given-file_megabytes" value="100"'):
        assert shown in page
    assert page.count("checked") == 1


def test_a_limit_is_changed_and_in_the_log(dana):
    changed = {**LEVEL1, "rooms_per_12h": "", "features": ["translation", "hd_video"]}
    done = act(browser_of(dana), PLANS, "change", plan("level1"), **changed)

    assert said(done) == ["Changed: Level1"]
    assert (plan("level1").rooms_per_12h, plan("level1").features) == (None, ["translation", "hd_video"])
    entry = AuditEntry.objects.get(action="plan_changed")
    assert (entry.actor, entry.address) == (dana, ADDRESS)
    assert entry.before == {"rooms_per_12h": 3, "features": ["translation"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"rooms_per_12h": "0"},
        {"rooms_per_12h": "-1"},
        {"ai_messages_per_month": "99999999999"},
        {"file_megabytes": ""},
        {"features": ["flying"]},
    ],
)
def test_wrong_limits_are_asked_again(dana, wrong):
    page = act(browser_of(dana), PLANS, "change", plan("level1"), **{**LEVEL1, **wrong})

    assert 'class="errorlist"' in page.content.decode()
    assert plan("level1").rooms_per_12h == 3
    assert not AuditEntry.objects.filter(action="plan_changed").exists()


def test_one_plan_at_a_time(dana):
    done = act(browser_of(dana), PLANS, "change", plan("level1"), plan("level2"), **LEVEL1)

    assert said(done) == ["Please choose one."]


def test_plain_staff_see_plans_and_may_not_change_them(stan):
    client = browser_of(stan)
    assert "Change what it allows" not in client.get(f"{PLANS}{plan('level1').pk}/change/").content.decode()

    act(client, PLANS, "change", plan("level1"), **{**LEVEL1, "rooms_per_12h": "9"})

    assert plan("level1").rooms_per_12h == 3
