"""Every name the portal reads from its environment, parsed once and loudly.

The names, their defaults and their meaning stand in the README's table, which a test compares
with :data:`NAMES`.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from portal.environment import Network, Oidc, Reader, SettingError, Smtp

__all__ = ["NAMES", "SettingError", "Settings", "embedded_redis_url"]

NAMES = (
    "PORTAL_DATA",
    "DATABASE_URL",
    "REDIS_URL",
    "PORTAL_HOST",
    "PORTAL_PORT",
    "PORTAL_BASE_URL",
    "PORTAL_TRIGGER_HOST",
    "PORTAL_WORKERS",
    "PORTAL_ADMIN_EMAIL",
    "PORTAL_ADMIN_PASSWORD",
    "PORTAL_SECRET_KEY",
    "PORTAL_ENCRYPTION_KEYS",
    "PORTAL_ALLOWED_NETWORKS",
    "PORTAL_ALLOWED_PORTS",
    "PORTAL_TIMEZONE",
    "PORTAL_KEEP_DELIVERED_DAYS",
    "PORTAL_KEEP_UNDELIVERED_DAYS",
    "PORTAL_KEEP_CALLS_DAYS",
    "PORTAL_TRUSTED_PROXIES",
    "PORTAL_SMTP_URL",
    "PORTAL_MAIL_FROM",
    "PORTAL_OIDC_ISSUER",
    "PORTAL_OIDC_CLIENT_ID",
    "PORTAL_OIDC_CLIENT_SECRET",
    "PORTAL_OIDC_NAME",
    "PORTAL_OIDC_ACCOUNT",
    "PORTAL_OIDC_ROLE",
)

# What a newcomer of single sign-on may be made, the least first.
OIDC_ROLES = ("support", "staff", "admin")

# A Unix socket's path is silently cut past about 107 bytes, so a longer one is not used.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Settings:
    """What the environment asked for, with every default filled in."""

    data: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    embedded_redis: bool
    host: str
    port: int
    base_url: str
    trigger_url: str | None
    workers: int
    admin_email: str | None
    admin_password: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    allowed_networks: tuple[Network, ...]
    allowed_ports: frozenset[int] | None
    timezone: str
    keep_delivered_days: int
    keep_undelivered_days: int
    keep_calls_days: int
    trusted_proxies: int
    smtp: Smtp | None = field(repr=False)
    mail_from: str
    oidc: Oidc | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings out of ``environ``; raise :class:`SettingError` on nonsense.

        An empty value counts as not set. Nothing is written: the keys that are generated on a
        single machine are made by :meth:`with_keys`.
        """
        read = Reader(environ)
        data = Path(read.text("PORTAL_DATA", "./instance")).expanduser().resolve()
        host, port = read.text("PORTAL_HOST", "127.0.0.1"), read.port("PORTAL_PORT", 8000)
        base_url = read.base_url("PORTAL_BASE_URL", _local_base_url(host, port))
        smtp = read.smtp("PORTAL_SMTP_URL")
        return cls(
            data=data,
            database_url=read.database("DATABASE_URL", f"sqlite:///{data}/portal.sqlite"),
            redis_url=read.redis("REDIS_URL", embedded_redis_url(data)),
            embedded_redis=not environ.get("REDIS_URL"),
            host=host,
            port=port,
            base_url=base_url,
            trigger_url=read.other_host("PORTAL_TRIGGER_HOST", base_url),
            workers=read.number("PORTAL_WORKERS", 2, 1, 64),
            admin_email=read.email("PORTAL_ADMIN_EMAIL"),
            admin_password=read.password("PORTAL_ADMIN_PASSWORD"),
            secret_key=environ.get("PORTAL_SECRET_KEY") or None,
            encryption_keys=read.fernet_keys("PORTAL_ENCRYPTION_KEYS"),
            allowed_networks=read.networks("PORTAL_ALLOWED_NETWORKS"),
            allowed_ports=read.ports("PORTAL_ALLOWED_PORTS", "80,443,8080,8443"),
            timezone=read.zone("PORTAL_TIMEZONE", "Asia/Riyadh"),
            keep_delivered_days=read.number("PORTAL_KEEP_DELIVERED_DAYS", 30, 1, 3650),
            keep_undelivered_days=read.number("PORTAL_KEEP_UNDELIVERED_DAYS", 90, 1, 3650),
            keep_calls_days=read.number("PORTAL_KEEP_CALLS_DAYS", 30, 1, 3650),
            trusted_proxies=read.number("PORTAL_TRUSTED_PROXIES", 0, 0, 8),
            smtp=smtp,
            mail_from=read.email("PORTAL_MAIL_FROM") or _mail_from(smtp, base_url),
            oidc=read.oidc("PORTAL_OIDC_", OIDC_ROLES),
        )

    @property
    def trigger_base_url(self) -> str:
        """What stands before the path of a trigger's address."""
        return self.trigger_url or self.base_url

    def with_keys(self) -> "Settings":
        """The same settings with a secret key and an encryption key.

        What the environment does not give is read from the data folder, and made there the first
        time. Raises :class:`SettingError` when the folder cannot be written.
        """
        if self.secret_key and self.encryption_keys:
            return self
        session_key = self.secret_key or _kept_key(
            self.data / "secret.key", secrets.token_urlsafe(48)
        )
        sealing = self.encryption_keys or (
            _kept_key(self.data / "encryption.key", Fernet.generate_key().decode()),
        )
        return _replaced(self, secret_key=session_key, encryption_keys=sealing)


def embedded_redis_url(data: Path) -> str:
    """Where the Redis server that belongs to the data folder ``data`` listens.

    Every process works the address out of the folder alone, so that a command typed in another
    terminal finds the server of the running portal.
    """
    socket = data / "redis.sock"
    if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        socket = Path(tempfile.gettempdir()) / f"khuttaf-{os.getuid()}-{name}" / "redis.sock"
    return f"unix://{socket}"


def _local_base_url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _mail_from(smtp: Smtp | None, base_url: str) -> str:
    """Whom mails are from unless that is said: many servers want whoever signs in to them."""
    if smtp and "@" in smtp.user:
        return smtp.user
    host = urlsplit(base_url).hostname or "localhost"
    return f"khuttaf@{host}" if host[-1].isalpha() else "khuttaf@localhost"


def _replaced(settings: Settings, **changes: object) -> Settings:
    return Settings(**{**settings.__dict__, **changes})


def _kept_key(path: Path, fresh: str) -> str:
    """The key in the file ``path``; ``fresh`` becomes it if there is none yet.

    The file appears whole or not at all, so that of many processes starting at once all read
    the key of the one that came first.
    """
    try:
        # What lies in there, the database too, is for nobody else on the machine.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            draft.write_text(fresh, encoding="ascii")
            draft.chmod(0o600)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingError(
            f"PORTAL_DATA: the folder {path.parent} cannot be written ({error.strerror}); "
            "make it writable or name another one."
        ) from error
