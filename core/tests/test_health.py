"""/healthz, /readyz and /metrics, also when what they ask about is dead or, worse, silent."""

import json
import time

import pytest
from django.test import AsyncClient, Client, override_settings

from core import health
from core.metrics import RecentErrors
from core.tests.servers import OwnRedis, PlazaFactory, free_port

ALL_WELL = {"database": "ok", "layer": "ok", "broker": "ok"}


@pytest.mark.django_db(transaction=True)
async def test_a_healthy_plaza_is_ready(async_client: AsyncClient) -> None:
    assert (await async_client.get("/healthz")).status_code == 200
    ready = await async_client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, ALL_WELL)


@pytest.mark.django_db
async def test_without_redis_it_is_ready_but_degraded(async_client: AsyncClient) -> None:
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        ready = await async_client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "layer": "degraded", "broker": "degraded"})


def test_a_silent_redis_is_given_up_in_two_seconds(start_plaza: PlazaFactory, redis_server) -> None:
    redis: OwnRedis = redis_server()
    plaza = start_plaza({"DATABASE_URL": None, "REDIS_URL": redis.url})
    assert json.loads(plaza.get("/readyz")[1]) == ALL_WELL
    redis.pause()
    began = time.monotonic()
    status, body = plaza.get("/readyz")
    assert time.monotonic() - began < 2.5
    assert (status, json.loads(body)["layer"]) == (200, "degraded")
    assert plaza.get("/healthz", timeout=2)[0] == 200
    redis.resume()
    time.sleep(1)
    assert json.loads(plaza.get("/readyz")[1]) == ALL_WELL


async def test_without_the_database_it_is_not_ready(async_client: AsyncClient) -> None:
    """The probe has a connection of its own; here it is sent to where no database is."""

    def unreachable() -> None:
        raise OSError("no route")

    probe = health.PROBES["database"]
    health.PROBES["database"] = health.Probe(unreachable)
    try:
        ready = await async_client.get("/readyz")
    finally:
        health.PROBES["database"] = probe
    assert ready.status_code == 503
    assert ready.json()["database"] == "degraded"


def test_a_question_that_hangs_is_put_once() -> None:
    asked: list[float] = []

    def hang() -> None:
        asked.append(time.monotonic())
        time.sleep(3)

    probe = health.Probe(hang)
    began = time.monotonic()
    assert not probe.answers()
    assert time.monotonic() - began < 2
    assert not probe.answers()  # at once: the first still hangs
    assert time.monotonic() - began < 2
    assert len(asked) == 1


@pytest.mark.django_db
def test_metrics_have_their_promised_names_and_no_raw_paths(client: Client) -> None:
    client.get("/rooms/a-secret-room-address/")
    client.get("/no/such/page/")
    client.generic("BREW", "/healthz")
    said = client.get("/metrics").content.decode()
    for name in (
        "http_request_duration_seconds_bucket",
        "websocket_connections_active",
        "database_query_duration_seconds_count",
        "error_rate",
        "messages_posted_total",
        "message_delivery_seconds_count",
        "jobs_pending",
    ):
        assert f"\n{name}" in said
    assert "a-secret-room-address" not in said
    assert 'route="unmatched",status="404"' in said
    assert 'method="other"' in said


def test_the_error_rate_is_the_share_of_failures() -> None:
    recent = RecentErrors()
    assert recent.rate() == 0.0
    for failed in (False, False, False, True):
        recent.count(failed=failed)
    assert recent.rate() == 0.25
