"""How the portal is doing."""

import pytest
from flask import Flask

from portal.settings import Settings
from tests.clients import Browser


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
def test_anybody_may_ask(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json == {"database": "ok", "redis": "ok", "workers": 0}


def test_without_redis_the_portal_is_well_and_says_so(
    app: Flask, client: Browser, environ: dict[str, str]
) -> None:
    nowhere = environ | {"REDIS_URL": "unix:///nowhere/redis.sock"}
    app.extensions["portal.settings"] = Settings.from_env(nowhere)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json == {"database": "ok", "redis": "down", "workers": 0}
