"""How a trigger tells its callers: nothing, Basic, or a signature; the secrets stand apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.fields import Fields
from portal.domain.headers import is_name
from portal.domain.problems import Problem
from portal.domain.signatures.presets import PRESETS
from portal.domain.signatures.scheme import Scheme, read_custom
from portal.domain.signatures.verifying import check_secret
from portal.domain.storable import storable

KINDS = ("none", "basic", "signature")
MAX_CREDENTIAL = 512
# The signature of a refused call is tried with so many secrets that have ended.
MAX_ENDED = 2


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is never shown again; None where there is none."""

    password: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    # The latest that are no longer valid: a call signed with one is refused, and told why.
    ended: tuple[str, ...] = field(default=(), repr=False)

    def replaced(self, secret: str | None, previous: str | None) -> "Secrets":
        """The secrets after ``secret`` and ``previous`` have taken the place of these."""
        alive = (secret, previous)
        gone = tuple(one for one in (self.secret, self.previous_secret) if one and one not in alive)
        kept = tuple(one for one in self.ended if one not in alive and one not in gone)
        return Secrets(None, secret, previous, (gone + kept)[:MAX_ENDED])


def read_auth(value: Any, old: Mapping[str, Any], kept: Secrets) -> tuple[dict[str, Any], Secrets]:
    """The authentication that ``value`` describes, without its secrets, and those.

    Secrets that ``value`` leaves out stay as ``kept`` while the kind stays as in ``old``.
    Raises :class:`portal.domain.problems.Refused`.
    """
    fields = Fields(value)
    kind = fields.one_of("kind", old["kind"], KINDS)
    fields.done()
    stays = kept if kind == old["kind"] else Secrets()
    if kind == "basic":
        return _basic(fields, old if kind == old["kind"] else {}, stays)
    if kind == "signature":
        return _signature(fields, old if kind == old["kind"] else {}, stays)
    fields.only("kind")
    fields.done()
    return {"kind": "none"}, Secrets()


def scheme_of(auth: Mapping[str, Any]) -> Scheme | None:
    """How calls are signed under ``auth``; None where nothing is to be verified."""
    if auth["kind"] != "signature":
        return None
    if "custom" in auth:
        return read_custom(auth["custom"])
    preset = PRESETS[auth["preset"]]
    return preset.scheme.at_header(auth["header"]) if auth.get("header") else preset.scheme


def basic_pair(username: str, password: str) -> bytes:
    """The credentials as RFC 7617 joins them, in UTF-8."""
    return f"{username}:{password}".encode()


def _basic(fields: Fields, old: Mapping[str, Any], kept: Secrets) -> tuple[dict[str, Any], Secrets]:
    fields.only("kind", "username", "password", "has_password")
    username = fields.text("username", old.get("username", ""))
    password = fields.optional_text("password")
    password = kept.password if password is None else password
    if not username:
        fields.problems.append(Problem("/username", "required"))
    if ":" in username:
        # RFC 7617 §2: what stands before the first colon is the user's name.
        fields.problems.append(Problem("/username", "colon_in_username"))
    if not password:
        fields.problems.append(Problem("/password", "required"))
    for name, text in (("username", username), ("password", password or "")):
        fields.problems += _credential_problems(name, text)
    fields.done()
    return {"kind": "basic", "username": username}, Secrets(password=password)


def _signature(
    fields: Fields, old: Mapping[str, Any], kept: Secrets
) -> tuple[dict[str, Any], Secrets]:
    fields.only(
        "kind", "preset", "custom", "header", "verify_token",
        "secret", "previous_secret", "has_secret", "has_previous_secret",
    )  # fmt: skip
    auth: dict[str, Any] = {"kind": "signature"}
    if fields.has("custom") or ("custom" in old and not fields.has("preset")):
        custom = fields.anything("custom", old.get("custom"))
        fields.inner("custom", None, read_custom)
        auth["custom"] = custom
    else:
        auth["preset"] = fields.one_of("preset", old.get("preset", ""), tuple(PRESETS))
        fields.done()
        auth |= _preset_members(fields, old, auth["preset"])
    fields.done()
    secrets = _secrets(fields, kept)
    scheme = scheme_of(auth)
    if scheme is None:
        fields.done()
        return auth, Secrets()
    if not secrets.secret:
        fields.problems.append(Problem("/secret", "required"))
    for name in ("secret", "previous_secret"):
        given = getattr(secrets, name)
        code = given and (_credential_code(given) or check_secret(scheme, given))
        if code:
            fields.problems.append(Problem(f"/{name}", code, {"max": MAX_CREDENTIAL, "min": 1}))
    fields.done()
    return auth, secrets


def _preset_members(fields: Fields, old: Mapping[str, Any], key: str) -> dict[str, Any]:
    preset, stays = PRESETS[key], old if old.get("preset") == key else {}
    made: dict[str, Any] = {}
    if preset.header_is_chosen:
        chosen = fields.optional_text("header") if fields.has("header") else stays.get("header")
        if chosen and not is_name(chosen):
            fields.problems.append(Problem("/header", "bad_header_name", {"name": chosen}))
        made |= {"header": chosen} if chosen else {}
    if preset.handshake == "meta":
        token = fields.text("verify_token", stays.get("verify_token", ""))
        fields.problems += _credential_problems("verify_token", token)
        made |= {"verify_token": token} if token else {}
    return made


def _secrets(fields: Fields, kept: Secrets) -> Secrets:
    secret = fields.optional_text("secret")
    # Null takes the previous secret away; to leave it out keeps it.
    previous = (
        fields.optional_text("previous_secret")
        if fields.has("previous_secret")
        else kept.previous_secret
    )
    return kept.replaced(kept.secret if secret is None else secret, previous or None)


def _credential_problems(name: str, text: str) -> list[Problem]:
    code = _credential_code(text)
    return [Problem(f"/{name}", code, {"min": 1, "max": MAX_CREDENTIAL})] if code else []


def _credential_code(text: str) -> str | None:
    if len(text) > MAX_CREDENTIAL:
        return "bad_length"
    return "bad_character" if storable(text) != text or not text.isprintable() and text else None
