"""Reading the environment: one kind of value a method, each loud on nonsense."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

Network = IPv4Network | IPv6Network


class SettingError(ValueError):
    """A setting that makes no sense; its text is one sentence that names the setting."""


class Smtp(NamedTuple):
    """A mail server; ``user`` and ``password`` are empty where it asks for none. ``is_tls``: TLS
    from the first byte on, and not only from STARTTLS on."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool


class Oidc(NamedTuple):
    """A provider of single sign-on; ``account`` is the slug of that which newcomers join, with
    ``role``, and empty where only people who are known come in."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    account: str
    role: str


class Reader:
    """Parses one kind of value a method; each raises :class:`SettingError` on nonsense."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        """The value, or ``default`` when it is empty."""
        return (self._environ.get(name) or "").strip() or default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        text = self.text(name, str(default))
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise SettingError(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
        return int(text)

    def port(self, name: str, default: int) -> int:
        """A TCP port."""
        return self.number(name, default, 1, 65535)

    def database(self, name: str, default: str) -> str:
        """An SQLAlchemy address of SQLite or PostgreSQL."""
        text = self.text(name, default)
        for short in ("postgres://", "postgresql://"):
            text = text.replace(short, "postgresql+psycopg://", 1)
        if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise SettingError(f"{name} must begin with sqlite:/// or postgresql+psycopg://.")
        if not text.startswith("sqlite") and not _is_server(text):
            # What was given may hold a password, so it is not repeated.
            raise SettingError(
                f"{name} must be like postgresql://user:password@host:5432/name, with signs like"
                " @, / and # in the password written as %40, %2F and %23."
            )
        return text

    def redis(self, name: str, default: str) -> str:
        """The address of a Redis."""
        text = self.text(name, default)
        if not text.startswith(("redis://", "rediss://", "unix://")):
            raise SettingError(f"{name} must begin with redis://, rediss:// or unix://.")
        return text

    def base_url(self, name: str, default: str) -> str:
        """An http or https address without a trailing slash."""
        return _base_url(name, self.text(name, default))

    def other_host(self, name: str, own_url: str) -> str | None:
        """The address of a host other than that of ``own_url``, or None; where only the host is
        given, it has the scheme of ``own_url``."""
        text = self.text(name, "")
        if not text:
            return None
        own = urlsplit(own_url)
        url = _base_url(name, text if "://" in text else f"{own.scheme}://{text}")
        if urlsplit(url).path or _server(urlsplit(url)) == _server(own):
            raise SettingError(
                f"{name} must be a host of its own, like in.a.example, not {text!r}."
            )
        return url

    def smtp(self, name: str) -> Smtp | None:
        """The address of a mail server, or None."""
        text = self.text(name, "")
        try:
            parts = urlsplit(text)
            usable = _is_smtp(parts)
        except ValueError:
            usable = False
        if not text:
            return None
        if not usable:
            # What was given may hold a password, so it is not repeated.
            raise SettingError(
                f"{name} must be like smtp://user:password@host:587 or smtps://host."
            )
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        is_tls = parts.scheme == "smtps"
        return Smtp(parts.hostname, parts.port or (465 if is_tls else 587), user, password, is_tls)

    def oidc(self, prefix: str, roles: Sequence[str]) -> Oidc | None:
        """The provider of single sign-on that the names beginning with ``prefix`` describe, or
        None; the first of ``roles`` is given where none is named."""
        needed = [f"{prefix}{part}" for part in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")]
        further = [f"{prefix}{part}" for part in ("NAME", "ACCOUNT", "ROLE")]
        given = [name for name in (*needed, *further) if self.text(name, "")]
        missing = [name for name in needed if name not in given]
        if not given:
            return None
        if missing:
            raise SettingError(f"{given[0]} needs {', '.join(missing)} beside it.")
        issuer, client_id, secret = (self.text(name, "") for name in needed)
        if not _is_issuer(issuer):
            raise SettingError(
                f"{needed[0]} must be an https address without a query, not {issuer!r}."
            )
        if not (client_id + secret).isascii():
            raise SettingError(f"{needed[1]} and {needed[2]} must be ASCII.")
        name, account, role = (self.text(further_name, "") for further_name in further)
        if account and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", account):
            raise SettingError(f"{further[1]} must be the slug of an account, not {account!r}.")
        if role and (role not in roles or not account):
            raise SettingError(
                f"{further[2]} must be one of {', '.join(roles)}, with {further[1]} beside it."
            )
        return Oidc(issuer, client_id, secret, name, account, role or roles[0])

    def email(self, name: str) -> str | None:
        """An e-mail address, or None."""
        text = self.text(name, "")
        if text and ("@" not in text.strip("@") or " " in text):
            raise SettingError(f"{name} must be an e-mail address, not {text!r}.")
        return text or None

    def password(self, name: str) -> str | None:
        """A password of 8 characters or more, or None."""
        text = self._environ.get(name) or None
        if text and len(text) < 8:
            raise SettingError(f"{name} must have at least 8 characters.")
        return text

    def fernet_keys(self, name: str) -> tuple[str, ...]:
        """Fernet keys, separated by commas."""
        keys = tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())
        for place, key in enumerate(keys, start=1):
            try:
                Fernet(key)
            except ValueError as error:
                raise SettingError(
                    f"{name}: key {place} is not 32 bytes in URL-safe base64."
                ) from error
        return keys

    def networks(self, name: str) -> tuple[Network, ...]:
        """Networks in CIDR notation, separated by commas or spaces."""
        parts = [part for part in self.text(name, "").replace(",", " ").split() if part]
        try:
            return tuple(ip_network(part) for part in parts)
        except ValueError as error:
            raise SettingError(f"{name} must be networks like 10.0.0.0/8: {error}.") from error

    def ports(self, name: str, default: str) -> frozenset[int] | None:
        """Ports, separated by commas or spaces; None for ``*``, any."""
        text = self.text(name, default)
        if text == "*":
            return None
        parts = text.replace(",", " ").split()
        if not all(p.isascii() and p.isdigit() and 0 < int(p) < 65536 for p in parts):
            raise SettingError(f"{name} must be ports like 80,443 or *, not {text!r}.")
        return frozenset(int(part) for part in parts)

    def zone(self, name: str, default: str) -> str:
        """The name of a time zone."""
        text = self.text(name, default)
        try:
            return ZoneInfo(text).key
        except (ValueError, OSError, KeyError) as error:
            message = f"{name} must be a time zone like Asia/Riyadh, not {text!r}."
            raise SettingError(message) from error


def _is_issuer(text: str) -> bool:
    """Whether ``text`` is an https address, or http on this very machine."""
    try:
        parts = urlsplit(text)
        host, is_sound = parts.hostname or "", parts.port != 0
    except ValueError:
        return False
    is_here = host in ("localhost", "::1") or host.startswith("127.")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_here)
    return bool(host) and is_sound and is_safe and not re.search("[?#@]", text)


def _base_url(name: str, given: str) -> str:
    text = given.rstrip("/")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or re.search(r"[@\s,\\]", parts.netloc):
        raise SettingError(f"{name} must be an http or https address, not {text!r}.")
    return text


def _is_server(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # It can be taken apart in one way only.
        return parts.port != 0 and parts.netloc.count("@") <= 1 and not parts.fragment
    except ValueError:
        return False


def _server(parts: SplitResult) -> tuple[str, int]:
    host = (parts.hostname or "").removesuffix(".")
    return host, parts.port or (443 if parts.scheme == "https" else 80)


def _is_smtp(parts: SplitResult) -> bool:
    return (
        parts.scheme in ("smtp", "smtps")
        and bool(parts.hostname)
        and parts.port != 0
        and bool(parts.username) == bool(parts.password)
        and parts.path in ("", "/")
        and not parts.query
        and not parts.fragment
    )
