import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.demo import CAST
from accounts.models import User
from accounts.tests.factories import PASSWORD, post_json

pytestmark = pytest.mark.django_db


def test_everybody_can_sign_in(client):
    call_command("demo")

    assert {user.username for user in User.objects.all()} == set(CAST)
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(CAST)
    for login in ("alice", "charlie@plaza.example"):
        assert post_json(client, "auth/token", {"login": login, "password": PASSWORD}).status_code == 200


def test_only_dana_is_staff():
    call_command("demo")

    assert [user.username for user in User.objects.filter(is_staff=True, is_superuser=True)] == ["dana"]


def test_it_can_be_repeated_and_leaves_people_as_they_are():
    call_command("demo")
    User.objects.filter(username="bob").update(first_name="Robert")
    call_command("demo")

    assert User.objects.count() == len(CAST)
    assert User.objects.get(username="bob").first_name == "Robert"


def test_production_refuses_it(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="known passwords"):
        call_command("demo")

    assert not User.objects.exists()
