"""Through the real ASGI application: Django's test client makes requests of another class."""

import json

import pytest
from asgiref.testing import ApplicationCommunicator

from config.asgi import application

CHARSETS = ["utf-8", "latin-1", "utf-16", "zlib", "hex", "bz2", "rot13", "idna", "undefined", "nope", "\xfc", '"']


async def answer(method: str, path: str, content_type: str, body: bytes = b"") -> tuple[int, bytes]:
    headers = [(b"host", b"testserver"), (b"content-type", content_type.encode("latin-1"))]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": b"limit=5&q=%C3%BC",
        "headers": headers, "client": ("192.0.2.1", 1), "server": ("testserver", 80), "scheme": "http",
    }  # fmt: skip
    client = ApplicationCommunicator(application, scope)
    await client.send_input({"type": "http.request", "body": body})
    status = (await client.receive_output(10))["status"]
    body = (await client.receive_output(10))["body"]
    await client.wait()
    return status, body


@pytest.mark.parametrize("charset", CHARSETS)
async def test_a_page_opens_whatever_charset_is_named(charset: str):
    assert (await answer("GET", "/healthz", f"text/plain; charset={charset}"))[0] == 200


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
async def test_the_api_refuses_in_its_own_shape(charset: str, kind: str):
    status, body = await answer(
        "POST", "/api/v1/auth/token/refresh", f"{kind}; charset={charset}", b'{"x": "\xc3\xbc"}'
    )

    assert status == (400 if kind == "application/json" else 415)
    assert set(json.loads(body)) <= {"code", "detail", "fields"}
