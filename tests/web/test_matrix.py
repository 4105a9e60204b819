"""Who reaches what: every route and method, walked as everybody, against the written table."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask, g
from flask_wtf.csrf import generate_csrf
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.domain.members import PlatformRole
from portal.domain.scopes import KeyDraft, Scope
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, ApiKey, Person, now
from portal.pipeline import example, keys
from portal.pipeline.sign_in import open_session
from tests import factories
from tests.clients import Browser
from tests.web.everything import OPEN, Ids
from tests.web.html import HTMX
from tests.web.matrix import API, PAGES, PEOPLE, PROGRAMS, STRANGERS

# Nothing here depends on the kind of database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Statuses = tuple[int, ...]
# Answers after which everything is as it was.
UNTOUCHED = (401, 403, 404, 405, 422)
READS = ("GET",)
# The door of triggers takes every method in the same way.
ANY = ("POST",)


class Stage(NamedTuple):
    """What each request of a walk finds as the first one did."""

    app: Flask
    ids: Ids
    put_back: Callable[[], None]
    tokens: dict[str, str | None]


@pytest.fixture
def stage(
    app: Flask,
    ids: Ids,
    account: Account,
    other_account: Account,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    """Everybody of the table, each of whose requests finds the same database."""
    # Nobody sends here: a test of a hook would wait for it.
    monkeypatch.setattr(example, "_is_tried", lambda *_: False)
    people = {role: (f"{role}@walk.example", role, account, None) for role in Role}
    people["stranger"] = ("stranger@walk.example", Role.ADMIN, other_account, None)
    people["operator"] = ("operator@walk.example", Role.ADMIN, account, PlatformRole.OPERATOR)
    tokens = {"nobody": None} | {name: _session(*one) for name, one in people.items()}
    revoked, text = keys.make_api_key(KeyDraft("مبطل"), factories.make_actor(account))
    keys.revoke_api_key(revoked.id, factories.make_actor(account))
    strange = {
        "none": None,
        "unknown": "khk_unknown",
        "revoked": text,
        "expired": factories.make_key(account, expires_at=now() - timedelta(seconds=1)),
        "foreign": factories.make_key(other_account),
    }
    programs = {f"{role} key": factories.make_key(account, role=role) for role in Role}
    programs["reader key"] = factories.make_key(account, scopes=(Scope.READ,))
    tokens |= strange | programs
    # That a key was used just now is not written again with each request.
    db.session.query(ApiKey).update({"last_used_at": now() + timedelta(hours=1)})
    db.session.commit()
    return Stage(
        app, ids, _rewinding(Path(database_url.removeprefix("sqlite:///")), tmp_path), tokens
    )


def _session(email: str, role: Role, account: Account, beyond: PlatformRole | None) -> str:
    person = factories.make_person(email, role=role, account=account)
    db.session.query(Person).filter_by(id=person.id).update({"platform_role": beyond})
    db.session.commit()
    return open_session(person.id, account.id, "127.0.0.1", "tests")


def _rewinding(file: Path, folder: Path) -> Callable[[], None]:
    """What brings the database back as it is now."""
    db.session.remove()
    db.engine.dispose()
    kept = folder / "kept.sqlite"
    shutil.copy(file, kept)

    def put_back() -> None:
        db.session.remove()
        db.engine.dispose()
        for left in file.parent.glob(f"{file.name}-*"):
            left.unlink()
        shutil.copy(kept, file)

    return put_back


def routes(app: Flask, *, api: bool) -> Iterator[tuple[Rule, str]]:
    """Every route and each of its methods: those of the API, or the pages."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") is api:
            methods = (rule.methods or set(ANY)) - {"HEAD", "OPTIONS"}
            yield from ((rule, method) for method in sorted(methods))


def walk(
    stage: Stage, rule: Rule, method: str, who: str, headers: dict[str, str] | None = None
) -> TestResponse:
    """The answer that ``who`` gets, sending nothing but what lets them in."""
    known = stage.ids | {"filename": "portal.css"}
    path = rule.build({name: known[name] for name in rule.arguments})[1]
    client, token = stage.app.test_client(), stage.tokens[who]
    sent: dict[str, Any] = {"headers": headers or {}}
    if who in PROGRAMS:
        sent["headers"] = {"Authorization": f"Bearer {token}"} if token else {}
        if method not in READS:
            sent["json"] = {}
    elif method not in READS:
        sent["data"] = {"csrf_token": _csrf(stage.app)}
    _bear(client, token if who in PEOPLE else None)
    answer = client.open(path, method=method, buffered=True, **sent)
    if method not in READS and answer.status_code not in UNTOUCHED:
        stage.put_back()
    return answer


def _csrf(app: Flask) -> str:
    """A token that goes with what :func:`_bear` puts into a browser."""
    with app.test_request_context() as context:
        context.session["csrf_token"] = "seed"
        g.pop("csrf_token", None)
        return generate_csrf()


def _bear(client: Browser, token: str | None) -> None:
    with client.session_transaction(base_url=client.application.extensions["tests.base_url"]) as it:
        it["csrf_token"] = "seed"
        if token:
            it["_user_id"] = token


def compare(
    stage: Stage, table: dict[tuple[str, str], Statuses], everybody: tuple[str, ...], *, api: bool
) -> None:
    """Walk every route; what differs from the table is told as the row that would be true."""
    wrong, seen = [], set()
    for rule, method in routes(stage.app, api=api):
        where = (method, rule.rule.replace(", ", ","))
        seen.add(where)
        found = tuple(walk(stage, rule, method, who).status_code for who in everybody)
        expected = table.get(where)
        if found != expected:
            row = f"{' '.join(where)} {' '.join(map(str, found))}"
            wrong.append(f"{row}   # the table: {expected or 'no such row'}")
    stale = [f"{method} {rule}" for method, rule in table.keys() - seen]
    assert not wrong, "routes that answer otherwise:\n" + "\n".join(wrong)
    assert not stale, "rows of routes that are gone:\n" + "\n".join(stale)


@on_sqlite
def test_every_page_answers_everybody_as_the_table_says(stage: Stage) -> None:
    compare(stage, PAGES, PEOPLE, api=False)


@on_sqlite
def test_every_call_of_the_api_answers_every_key_as_the_table_says(stage: Stage) -> None:
    compare(stage, API, PROGRAMS, api=True)


@on_sqlite
def test_nobody_is_led_to_where_one_signs_in_and_comes_back(app: Flask, stage: Stage) -> None:
    for rule, method in routes(app, api=False):
        if rule.endpoint not in OPEN:
            answer = walk(stage, rule, method, "nobody")
            assert answer.location.startswith("/login"), rule
            polled = walk(stage, rule, method, "nobody", HTMX)
            assert polled.status_code == 401, rule
            assert polled.headers["HX-Redirect"].startswith("/login"), rule


@on_sqlite
def test_a_refused_program_is_told_in_its_own_way(app: Flask, stage: Stage) -> None:
    told = {401: "unauthorized", 404: "not_found"}
    for rule, method in routes(app, api=True):
        for who in STRANGERS:
            answer = walk(stage, rule, method, who)
            if answer.status_code in told:
                assert answer.json["code"] == told[answer.status_code], (rule, who)
                assert ("WWW-Authenticate" in answer.headers) is (answer.status_code == 401), rule


# Beneath these stands what belongs to an account.
OWNED = ("/settings/", "/triggers/", "/deliveries/<", "/calls/", "/resends/<", "/events/<")


def test_the_table_lets_nobody_but_the_account_reach_what_is_its_own() -> None:
    for (_, rule), statuses in API.items():
        if "<" in rule:
            assert statuses[: len(STRANGERS)] == (401, 401, 401, 401, 404), rule
    for (_, rule), (nobody, *_, stranger, _) in PAGES.items():
        if "<" in rule and rule.startswith(OWNED):
            assert (nobody, stranger) == (303, 404), rule


def test_the_table_refuses_to_the_lower_what_it_refuses_to_the_higher() -> None:
    for route, (_, support, staff, admin, *_) in PAGES.items():
        first = next((n for n, one in enumerate((admin, staff, support)) if one == 403), 3)
        assert (admin, staff, support)[first:] == (403,) * (3 - first), route
