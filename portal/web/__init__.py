"""The door for people and programs: blueprints, filters, headers and errors, wired to an app."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, abort, current_app, g, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.extensions import settings
from portal.queries.notices import count_unseen
from portal.web import (
    access,
    audit_words,
    door_words,
    errors,
    filters,
    inbound,
    programs,
    seeing,
    shelter,
    trigger_host,
    watch_words,
)
from portal.web.api import audit as audit_api
from portal.web.api import calls, catalogue, deliveries, events, hooks, openapi, resends, triggers
from portal.web.extensions import csrf, htmx, login
from portal.web.routes import (
    accounts,
    api_keys,
    audit,
    confirmation,
    delivery_log,
    event_types,
    health,
    hook_deliveries,
    hook_files,
    hook_filters,
    hook_security,
    hook_tests,
    hook_urls,
    invitations,
    masks,
    notices,
    overview,
    passwords,
    people,
    policies,
    profile,
    raw,
    rehearsals,
    reveals,
    rule_forms,
    sandbox,
    second_step,
    single_sign_on,
    staff,
    versions,
    watch,
)
from portal.web.routes import calls as calls_pages
from portal.web.routes import events as events_pages
from portal.web.routes import help as help_pages
from portal.web.routes import hooks as hooks_pages
from portal.web.routes import resends as resends_pages
from portal.web.routes import rules as rules_pages
from portal.web.routes import session as session_pages
from portal.web.routes import triggers as triggers_pages

PAGES = (
    overview.bp,
    hooks_pages.bp,
    hook_files.bp,
    hook_filters.bp,
    hook_deliveries.bp,
    hook_security.bp,
    hook_tests.bp,
    hook_urls.bp,
    delivery_log.bp,
    events_pages.bp,
    raw.bp,
    resends_pages.bp,
    triggers_pages.bp,
    rules_pages.bp,
    rule_forms.bp,
    calls_pages.bp,
    rehearsals.bp,
    versions.bp,
    notices.bp,
    watch.bp,
    policies.bp,
    event_types.bp,
    api_keys.bp,
    audit.bp,
    reveals.bp,
    people.bp,
    staff.bp,
    accounts.bp,
    masks.bp,
    confirmation.bp,
    profile.bp,
    second_step.bp,
    passwords.links,
    help_pages.bp,
)
API = (
    events.bp,
    hooks.bp,
    deliveries.bp,
    resends.bp,
    catalogue.bp,
    triggers.bp,
    calls.bp,
    audit_api.bp,
)
OPEN = (
    health.bp,
    openapi.bp,
    session_pages.bp,
    invitations.bp,
    passwords.bp,
    single_sign_on.bp,
    sandbox.bp,
    inbound.bp,
)

# Said once, however many apps a process makes.
for _pages in PAGES:
    _pages.before_request(access.need_person)
for _api in API:
    _api.before_request(programs.need_key)
    _api.after_request(seeing.tell)
    csrf.exempt(_api)
csrf.exempt(sandbox.receive)
csrf.exempt(inbound.bp)


def register(app: Flask) -> None:
    """Hang everything that answers requests on ``app``."""
    for extension in (csrf, login, htmx):
        extension.init_app(app)
    _configure(app)
    access.register(app)
    filters.register(app)
    watch_words.register(app)
    audit_words.register(app)
    door_words.register(app)
    errors.register(app)
    for blueprint in (*PAGES, *OPEN):
        app.register_blueprint(blueprint)
    for blueprint in API:
        app.register_blueprint(blueprint, url_prefix="/api/v1")
    app.before_request(_refuse_nul)
    app.url_defaults(_version_static)
    app.context_processor(_surroundings)
    app.jinja_env.globals["sprite"] = _sprite
    shelter.register(app)
    trigger_host.register(app)


def _configure(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    with app.app_context():
        hops = settings().trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)


def _surroundings() -> dict[str, Any]:
    """What every page may speak of."""
    return {
        "ui": current_app.jinja_env.get_template("_ui.html").module,
        "me": _me(),
        "theme": session.get("theme") or "auto",
        "hijri": bool(session.get("hijri")),
        "unseen_notices": _unseen_notices,
    }


def _sprite() -> str:
    """The address of the icons, worked out once for all of a page."""
    if "sprite" not in g:
        g.sprite = url_for("static", filename="vendor/icons.svg")
    return g.sprite


def _refuse_nul() -> None:
    # No database keeps it and no address of ours holds it; PostgreSQL would fail on it.
    # A call is judged by its trigger, and what it carries is made fit where it is kept.
    if request.blueprint == "inbound" and "\0" not in request.path:
        return
    if "\0" in request.path or "%00" in request.query_string.decode("latin-1"):
        abort(400)


def _version_static(endpoint: str, values: dict[str, Any]) -> None:
    # Browsers keep static files for a year; a changed file gets another address.
    if endpoint == "static":
        values.setdefault("v", _static_version(current_app.static_folder or ""))


@cache
def _static_version(folder: str) -> str:
    known = sorted(Path(folder).rglob("*.*"))
    stamps = [f"{path.name}:{path.stat().st_mtime_ns}" for path in known if path.is_file()]
    return sha256("\n".join(stamps).encode()).hexdigest()[:8]


def _me() -> Any:
    return current_user if current_user and current_user.is_authenticated else None


def _unseen_notices() -> int:
    try:
        return count_unseen(current_user.actor.account_id)
    except SQLAlchemyError:
        # The page may be the one that tells of the same failure.
        return 0
