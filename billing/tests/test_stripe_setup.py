"""Setting up Stripe: keys that cannot be right stop the start, and `check_payments` says what is still missing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import ProviderSeen
from billing.tests.fake_stripe import KEY, PUBLISHABLE
from billing.tests.fake_stripe.shapes import webhook_endpoint
from core.tests.servers import manage

PRODUCTION = {
    "PLAZA_MODE": "production",
    "SECRET_KEY": "ubxKfHUmzGgRCqcc8PF6nCkR9hMZ2hLXGm3EN2xMqEsmVZ5cvFhJ0gAHjCQ1",
    "PUBLIC_URL": "https://plaza.example",
}


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"STRIPE_SECRET_KEY": "sk_test_short"}, "STRIPE_SECRET_KEY is not usable: it must be sk_test_"),
        ({"STRIPE_SECRET_KEY": PUBLISHABLE}, "STRIPE_SECRET_KEY is not usable"),
        (
            {"STRIPE_SECRET_KEY": KEY, "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE.replace("test", "live")},
            "are not of one mode",
        ),
        ({"STRIPE_WEBHOOK_SECRET": "secret"}, "STRIPE_WEBHOOK_SECRET is not usable: it must be whsec_"),
    ],
)
def test_keys_that_cannot_be_right_stop_the_start_with_a_sentence(env, sentence, tmp_path):
    said = manage("check", env={"PLAZA_DATA": str(tmp_path), **env})

    assert said.returncode != 0
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr
    assert not any(value in said.stderr for value in env.values()), "a secret is not repeated"


def check(*arguments: str) -> str:
    """The healthz of this machine's port is nobody's here, so it always finds something wrong."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("check_payments", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_check_payments_says_what_stripe_lacks(stripe, settings):
    said = check()

    assert f"ok    stripe: {stripe.url} answers for {stripe.books.account['id']}" in said
    assert "ok    stripe: STRIPE_WEBHOOK_SECRET" in said
    assert f"NOTE  stripe: an endpoint for {settings.PUBLIC_URL}/webhooks/stripe/: none" in said
    assert "ok    stripe: the customer portal" in said
    assert "NOTE  stripe: unverified against the live provider" in said


@pytest.mark.django_db
def test_an_endpoint_that_is_not_told_enough_is_wrong(stripe, settings):
    address = f"{settings.PUBLIC_URL}/webhooks/stripe/"
    stripe.api.endpoints.append(webhook_endpoint(0, address, ["checkout.session.completed"]))
    stripe.api.configurations.clear()
    stripe.books.account["charges_enabled"] = False

    said = check()

    assert f"WRONG stripe: an endpoint for {address}: is not told of" in said
    assert "refund.updated" in said
    assert "WRONG stripe: the customer portal: has no settings yet" in said
    assert "charges are not enabled" in said


@pytest.mark.django_db
@pytest.mark.parametrize(("broken", "hint"), [("key", "does not know STRIPE_SECRET_KEY"), ("host", "no answer")])
def test_a_wrong_key_and_a_silent_host_are_told_apart(stripe, broken, hint):
    if broken == "key":
        stripe.key = "sk_test_another"
    else:
        stripe.fail("silent")

    said = check()

    assert f"WRONG stripe: {stripe.url}: {hint}" in said


@pytest.mark.django_db
def test_it_is_unverified_until_an_operator_has_seen_it_work(stripe):
    said = check("--confirm", "stripe")

    assert "unverified" not in said
    assert f"ok    stripe: seen to work with {stripe.books.account['id']} test on" in said
    assert ProviderSeen.objects.get().account == f"{stripe.books.account['id']} test"
    stripe.books.account["id"] = "acct_another"
    from billing.gateway.stripe import client

    client._account.cache_clear()
    assert "unverified" in check(), "other keys have not been seen"


@pytest.mark.django_db
def test_what_is_not_there_cannot_be_confirmed(db):
    with pytest.raises(CommandError, match="no provider stripe"):
        call_command("check_payments", "--confirm", "stripe")
    with pytest.raises(CommandError, match="could be confirmed"):
        call_command("check_payments", "--confirm", "sandbox")


@pytest.mark.parametrize("wish", ["1", None])
def test_a_sandbox_that_is_wished_for_beside_keys_is_gone_and_said_to_be(tmp_path, wish):
    env = {**PRODUCTION, "PLAZA_DATA": str(tmp_path), "STRIPE_SECRET_KEY": KEY, "PLAZA_SANDBOX": wish}
    code = "from django.conf import settings; print(settings.PLAZA_SANDBOX, settings.SANDBOX_WISHED_IN_VAIN)"

    said = manage("shell", "--no-imports", "-c", code, env=env)

    assert said.stdout.split() == ["False", str(wish == "1")]


@pytest.mark.django_db
def test_check_payments_says_that_it_is_gone(stripe, settings):
    settings.SANDBOX_WISHED_IN_VAIN = True

    assert "WRONG sandbox: PLAZA_SANDBOX=1 counts for nothing" in check()


LIST = "from billing import gateway; print([one.CODE for one in gateway.all_there()])"


@pytest.mark.parametrize(("keys", "there"), [({}, []), ({"STRIPE_SECRET_KEY": KEY}, ["stripe"])])
def test_in_production_there_is_no_provider_without_keys(keys, there, tmp_path):
    env = {**PRODUCTION, "PLAZA_DATA": str(tmp_path), **keys}

    said = manage("shell", "--no-imports", "-c", LIST, env=env)

    assert said.stdout.strip().endswith(str(there)), said.stderr


@pytest.mark.django_db
def test_a_plaza_without_provider_says_so(client, settings):
    settings.PLAZA_SANDBOX = False

    page = client.get("/plans/")

    assert page.status_code == 200
    assert "This Plaza takes no payments." in page.content.decode()
    assert client.post("/webhooks/stripe/", b"{}", content_type="application/json").status_code == 404
