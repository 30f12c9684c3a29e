"""What plans allow, and which one counts."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from billing import policies
from billing.models import Feature, Grant, Plan
from billing.tests.factories import end, give, in_days, plan

pytestmark = pytest.mark.django_db
MB, GB = 1024**2, 1024**3


def fresh(user: User) -> User:
    """As the next request has them."""
    return User.objects.get(pk=user.pk)


def test_the_five_plans_are_there_from_the_start():
    columns = ("rooms_per_12h", "characters_per_month", "ai_messages_per_month", "file_bytes", "is_free")
    assert list(Plan.objects.order_by("rank").values_list("code", *columns)) == [
        ("free", 1, 2, 50, 25 * MB, True),
        ("level1", 3, None, 1000, 100 * MB, False),
        ("level2", 10, None, 5000, 250 * MB, False),
        ("premium", None, None, None, GB, False),
        ("plaza_premium", None, None, None, GB, False),
    ]
    features = dict(Plan.objects.values_list("code", "features"))
    assert features["free"] == []
    assert features["level1"] == ["translation"]
    assert set(features["premium"]) == set(features["plaza_premium"]) == set(Feature.values)


def test_the_migration_goes_back_and_forth():
    migration = import_module("billing.migrations.0001_initial")
    Plan.objects.filter(code="level1").update(rooms_per_12h=7)

    migration.make_plans(apps, None)
    assert (Plan.objects.count(), plan("level1").rooms_per_12h) == (5, 7)  # what the staff changed stays
    migration.delete_plans(apps, None)
    assert not Plan.objects.exists()
    migration.make_plans(apps, None)
    assert plan("level1").rooms_per_12h == 3


def test_who_has_nothing_is_on_the_free_plan(alice):
    assert policies.plan_of(alice) == plan("free")
    assert policies.is_free(alice)
    assert policies.limit(alice, "rooms_per_12h") == 1
    assert policies.limit(alice, "file_bytes") == 25 * MB


def test_who_was_given_one_is_not(alice, bob):
    give(alice, "level1")

    assert policies.plan_of(alice) == plan("level1")
    assert not policies.is_free(alice)
    assert policies.limit(alice, "rooms_per_12h") == 3
    assert policies.limit(alice, "characters_per_month") is None
    assert policies.is_free(bob)


def test_of_several_the_best_counts_for_each_limit(alice):
    give(alice, "level2")
    give(alice, "level1")
    Plan.objects.filter(code="level1").update(ai_messages_per_month=None)
    alice = fresh(alice)

    assert policies.plan_of(alice) == plan("level2")
    assert policies.limit(alice, "rooms_per_12h") == 10
    assert policies.limit(alice, "ai_messages_per_month") is None
    assert policies.limit(alice, "file_bytes") == 250 * MB


def test_one_that_ended_or_has_not_begun_does_not_count(alice):
    end(give(alice, "premium"))
    Grant.objects.create(user=alice, plan=plan("level2"), source="staff", starts_at=in_days(1), ends_at=in_days(2))

    assert policies.is_free(fresh(alice))


def test_one_with_an_end_counts_until_then(alice):
    give(alice, "level1", until=in_days(1))

    assert not policies.is_free(alice)


def test_all_questions_of_a_request_are_one_query(alice, django_assert_num_queries):
    give(alice, "level2")
    give(alice, "level1")
    asked = fresh(alice)
    with django_assert_num_queries(1):
        policies.limit(asked, "rooms_per_12h")
        policies.limit(asked, "file_bytes")
        policies.plan_of(asked)
        assert not policies.is_free(asked)


def test_what_is_held_is_the_requests_own_and_gone_with_a_new_plan(alice):
    before, another = fresh(alice), SimpleLazyObject(lambda: fresh(alice))
    assert policies.is_free(before)
    assert policies.is_free(another)

    give(before, "premium")

    assert not policies.is_free(before)
    assert policies.is_free(another)  # that request asked already
    assert not policies.is_free(fresh(alice))


def test_there_is_one_free_plan_at_most():
    with pytest.raises(IntegrityError, match=r"is_free|plan_one_is_free"), transaction.atomic():
        Plan.objects.filter(code="level1").update(is_free=True)


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"rooms_per_12h": 0}, "plan_opens_rooms"), ({"code": "free"}, "code"), ({"rank": 0}, "rank")],
)
def test_the_database_keeps_plans_whole(fields, named):
    with pytest.raises(IntegrityError, match=named), transaction.atomic():
        Plan.objects.filter(code="level2").update(**fields)


def test_the_database_keeps_grants_whole(alice):
    grant = give(alice, "premium", until=in_days(1))

    with pytest.raises(IntegrityError, match="grant_ends_after_its_start"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(ends_at=grant.starts_at - timedelta(seconds=1))
    with pytest.raises(ProtectedError):
        plan("premium").delete()
