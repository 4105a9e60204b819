"""The ``flask --app wsgi`` commands; each prints for people and exits with 1 when it fails."""

from datetime import UTC, datetime, timedelta

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from portal.doctor import examine
from portal.domain.actor import Actor
from portal.domain.members import PlatformRole
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.scopes import KeyDraft, Scope
from portal.domain.states import Role
from portal.domain.vault import VaultError
from portal.pipeline import accounts, keys, people, second_step, upkeep
from portal.pipeline.passwords import make_operators_link
from portal.pipeline.resealing import StillSealing, reseal_all
from portal.queries.api_keys import find_api_key, list_api_keys
from portal.queries.rows import NotFound
from portal.queries.sign_in import find_account_id
from portal.standalone import processes
from portal.standalone.migrations import bind_migrations

ROLES = [str(role) for role in Role]
SCOPES = [str(scope) for scope in Scope]
BEYOND = [str(role) for role in PlatformRole]

users = AppGroup("users", help="People who sign in.")
api_keys = AppGroup("api-keys", help="Keys of the API.")
key_ring = AppGroup("keys", help="Keys that seal secrets at rest.")


def register(app: Flask) -> None:
    """Make the commands known to ``app``, with ``flask db`` for its migrations."""
    bind_migrations(app)
    for group in (users, api_keys, key_ring):
        app.cli.add_command(group)
    for command in (web, worker, ticker, upkeep_once, doctor):
        app.cli.add_command(command)


@users.command("create")
@click.argument("email")
@click.option("--password", help="Asked for when it is not given.")
@click.option("--role", type=click.Choice(ROLES), help="Default: admin; none with --platform.")
@click.option("--account", help=f"Its slug; default: {accounts.FIRST_ACCOUNT}.")
@click.option("--platform", type=click.Choice(BEYOND), help="What they are beyond accounts.")
def create_user(
    email: str, password: str | None, role: str | None, account: str | None, platform: str | None
) -> None:
    """Make a person with a role in an account, which is made when it is missing.

    With --platform and without --role they belong to no account. Somebody who is known gets the
    role and the password, and is signed out everywhere.
    """
    if platform and account and not role:
        raise click.UsageError("Say with --role what they are in the account, too.")
    role = role or _usual_role(platform)
    account = account or accounts.FIRST_ACCOUNT
    beyond = PlatformRole(platform) if platform else None
    password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        people.make_user(email, password, Role(role) if role else None, account, beyond)
    except Refused as refused:
        raise click.ClickException(_reason(refused.problems[0])) from refused
    click.echo(f"{email}: {role} in {account}" if role else f"{email}: {platform}, everywhere")


def _usual_role(platform: str | None) -> str | None:
    # Whoever runs a portal in which nobody is yet has nobody to be invited by.
    is_first = platform == PlatformRole.OPERATOR and not people.people_exist()
    return str(Role.ADMIN) if platform is None or is_first else None


@users.command("password-link")
@click.argument("email")
def password_link(email: str) -> None:
    """Make a link with which somebody chooses another password; it stands on the last line.

    It works once, for an hour, and leaves the second step as it is.
    """
    try:
        click.echo(make_operators_link(email))
    except Conflict as conflict:
        raise click.ClickException(_DOOR_REFUSED[conflict.code]) from conflict


@users.command("second-step-off")
@click.argument("email")
def second_step_off(email: str) -> None:
    """Ask somebody for no code any more, who has lost their authenticator and recovery codes."""
    try:
        second_step.clear_for(email)
    except Conflict as conflict:
        raise click.ClickException(_DOOR_REFUSED[conflict.code]) from conflict
    click.echo(f"{email}: the password alone is asked for; the second step can be set up anew.")


_DOOR_REFUSED = {
    "nobody_has_it": "Nobody has this e-mail address.",
    "person_is_off": "This person is switched off: switch them on first.",
    "second_step_is_off": "This person has no second step.",
}


@api_keys.command("create")
@click.argument("name")
@click.option("--account", default=accounts.FIRST_ACCOUNT, show_default=True, help="Its slug.")
@click.option("--role", type=click.Choice(ROLES), default=str(Role.ADMIN), help="What it sees.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="Default: all.")
@click.option("--expires-days", type=click.IntRange(1, 3650), help="Default: never.")
@click.option("--per-minute", type=click.IntRange(1), help="The most requests; default: no limit.")
def create_api_key(
    name: str,
    account: str,
    role: str,
    scopes: tuple[str, ...],
    expires_days: int | None,
    per_minute: int | None,
) -> None:
    """Make a key of the API; it stands alone on the last line, and is not shown again.

    The first account is made when it is missing; any other has to exist.
    """
    draft = KeyDraft(
        name,
        Role(role),
        tuple(Scope(scope) for scope in scopes) or None,
        datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None,
        per_minute,
    )
    try:
        _, text = keys.make_api_key(draft, _by_command(account))
    except Refused as refused:
        raise click.ClickException(_reason(refused.problems[0])) from refused
    click.echo(text)


@api_keys.command("list")
@click.option("--account", default=accounts.FIRST_ACCOUNT, show_default=True, help="Its slug.")
def show_api_keys(account: str) -> None:
    """List the keys of an account that live or ended lately, one a line."""
    for key in list_api_keys(_by_command(account).account_id):
        scopes = ",".join(key.scopes) if key.scopes is not None else "all"
        click.echo(f"{key.id}  {key.state:8}  ••••{key.hint}  {scopes}  {key.name}")


@api_keys.command("revoke")
@click.argument("key_id")
@click.option("--account", default=accounts.FIRST_ACCOUNT, show_default=True, help="Its slug.")
@click.option("--reason", default="", help="Stands in the audit log.")
def revoke_api_key(key_id: str, account: str, reason: str) -> None:
    """Make a key useless at once."""
    actor = _by_command(account)
    try:
        key = find_api_key(key_id, actor.account_id)
    except NotFound as error:
        raise click.ClickException(f"There is no key {key_id} in {account}.") from error
    keys.revoke_api_key(key.id, actor, reason)
    click.echo(f"{key_id} is revoked.")


def _by_command(account: str) -> Actor:
    account_id = accounts.account_id_of(account) if account == accounts.FIRST_ACCOUNT else None
    account_id = account_id or find_account_id(account)
    if account_id is None:
        raise click.ClickException(
            f"There is no account {account}: name one that exists, or make it with "
            f"'users create EMAIL --account {account}'."
        )
    return Actor(account_id, "flask api-keys", Role.ADMIN)


@key_ring.command("rotate")
def rotate_keys() -> None:
    """Seal every secret again under the newest of PORTAL_ENCRYPTION_KEYS."""
    try:
        count = reseal_all()
    except VaultError as error:
        raise click.ClickException(f"Nothing was changed: {error}.") from error
    except StillSealing as error:
        raise click.ClickException(
            "Something still seals under an older key: start every process of the portal with the"
            " new PORTAL_ENCRYPTION_KEYS, then repeat this."
        ) from error
    click.echo(f"{count} secrets are sealed under the newest key; older keys can be dropped.")


@click.command("web")
@with_appcontext
def web() -> None:
    """Run one web server."""
    processes.run_web()


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run one worker."""
    processes.run_worker()


@click.command("ticker")
@with_appcontext
def ticker() -> None:
    """Run one ticker; several are harmless."""
    processes.run_ticker()


@click.command("upkeep")
@with_appcontext
def upkeep_once() -> None:
    """Remove what is older than the settings keep it."""
    click.echo(f"{upkeep.sweep()} rows removed.")


@click.command("doctor")
@click.option("--url", help="Where the portal answers; default: PORTAL_BASE_URL.")
@with_appcontext
def doctor(url: str | None) -> None:
    """Examine a running portal from outside; one line of Arabic for each step."""
    for step in examine(url):
        click.echo(step.line)
        if not step.passed:
            raise SystemExit(1)


def _reason(problem: Problem) -> str:
    return {
        "bad_email": "This is not an e-mail address.",
        "weak_password": f"A password has at least {people.MIN_PASSWORD} characters.",
        "required": "A name is needed.",
    }.get(problem.code, f"The value of {problem.field} is not accepted ({problem.code}).")
