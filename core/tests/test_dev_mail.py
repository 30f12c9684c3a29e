import importlib

import pytest
from django.test import override_settings
from django.urls import clear_url_caches

from core.models import Mail

pytestmark = pytest.mark.django_db


def make(to: str, subject: str = "Hello", **fields) -> Mail:
    return Mail.objects.create(
        to=to, name="accounts/welcome", subject=subject, text="Text", html="<p>Text</p>", **fields
    )


def test_the_latest_mail_of_an_address_as_json(client):
    make("alice@plaza.example", "First")
    make("alice@plaza.example", "Second", key="k", link="http://127.0.0.1/x/")
    make("bob@plaza.example")

    response = client.get("/dev/mail/latest", {"to": "Alice@plaza.example"})

    assert response.json() == {
        "to": "alice@plaza.example",
        "subject": "Second",
        "text": "Text",
        "html": "<p>Text</p>",
        "key": "k",
        "link": "http://127.0.0.1/x/",
    }


def test_without_an_address_the_latest_of_all(client):
    make("alice@plaza.example")
    make("bob@plaza.example")

    assert client.get("/dev/mail/latest").json()["to"] == "bob@plaza.example"


@pytest.mark.parametrize("to", ["nobody@plaza.example", "", "\0", "%", "x" * 10_000])
def test_no_mail_is_a_404_in_json(client, to):
    make("alice@plaza.example")

    response = client.get("/dev/mail/latest", {"to": to})

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_list_shows_the_newest_first(client):
    make("alice@plaza.example", "Older mail")
    make("bob@plaza.example", "Newer mail")

    page = client.get("/dev/mail/").content.decode()

    assert page.index("Newer mail") < page.index("Older mail")


def test_a_mails_page_has_its_link_to_click(client):
    mail = make("alice@plaza.example", link="http://127.0.0.1/accounts/confirm-email/k/")

    assert f'href="{mail.link}"' in client.get(f"/dev/mail/{mail.pk}/").content.decode()
    assert client.get("/dev/mail/4711/").status_code == 404


@pytest.fixture
def _urls_of_production():
    """The addresses as a production server has them, and the demo's again afterwards."""
    from config import urls

    with override_settings(DEMO=False):
        importlib.reload(urls)
        clear_url_caches()
        yield
    importlib.reload(urls)
    clear_url_caches()


@pytest.mark.usefixtures("_urls_of_production")
@pytest.mark.parametrize("path", ["/dev/mail/", "/dev/mail/latest", "/dev/mail/1/"])
def test_production_has_no_such_pages(client, path):
    make("alice@plaza.example")

    assert client.get(path).status_code == 404
