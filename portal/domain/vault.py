"""Secrets at rest: sealed with the newest key, opened with any key that is still known."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """A sealed text that none of the known keys opens."""


class Vault:
    """Seals and opens short texts with authenticated encryption (Fernet: AES-CBC and HMAC)."""

    def __init__(self, keys: Sequence[str]) -> None:
        """``keys``: one or more Fernet keys, the newest first."""
        known = [Fernet(key) for key in keys]
        self._newest, self._fernet = known[0], MultiFernet(known)

    def seal(self, text: str) -> str:
        """``text`` sealed under the newest key, as ASCII."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text inside ``sealed``; raises :class:`VaultError` when no key fits."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise VaultError("no key in PORTAL_ENCRYPTION_KEYS opens this secret") from error

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key opens ``sealed``."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: str) -> str:
        """``sealed`` under the newest key; raises :class:`VaultError` when no key fits."""
        try:
            return self._fernet.rotate(sealed.encode()).decode("ascii")
        except InvalidToken as error:
            raise VaultError("no key in PORTAL_ENCRYPTION_KEYS opens this secret") from error
