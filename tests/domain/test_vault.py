"""Secrets at rest."""

import pytest
from cryptography.fernet import Fernet

from portal.domain.vault import Vault, VaultError

OLD, NEW, STRANGE = (Fernet.generate_key().decode() for _ in range(3))


@pytest.mark.parametrize("text", ["", "whsec_AAAA", "كلمة سر", "x" * 10_000])
def test_what_was_sealed_can_be_opened(text: str) -> None:
    sealed = Vault([NEW]).seal(text)
    assert Vault([NEW]).open(sealed) == text
    assert sealed.isascii()
    assert not text or text not in sealed


def test_the_same_text_is_never_sealed_alike() -> None:
    vault = Vault([NEW])
    assert vault.seal("سر") != vault.seal("سر")


def test_the_newest_key_seals_and_every_known_key_opens() -> None:
    rotated, sealed = Vault([NEW, OLD]), Vault([OLD]).seal("سر")
    assert rotated.open(sealed) == "سر"
    assert Vault([NEW]).open(rotated.seal("سر")) == "سر"


def test_what_is_sealed_again_needs_the_old_key_no_more() -> None:
    sealed = Vault([NEW, OLD]).reseal(Vault([OLD]).seal("سر"))
    assert Vault([NEW]).open(sealed) == "سر"


@pytest.mark.parametrize(
    "sealed", [pytest.param(Vault([STRANGE]).seal("سر"), id="strange"), "", "garbage", "سر"]
)
def test_what_no_key_opens_is_an_error_of_its_own(sealed: str) -> None:
    with pytest.raises(VaultError, match="PORTAL_ENCRYPTION_KEYS"):
        Vault([NEW, OLD]).open(sealed)
    with pytest.raises(VaultError, match="PORTAL_ENCRYPTION_KEYS"):
        Vault([NEW, OLD]).reseal(sealed)


def test_a_changed_letter_is_noticed() -> None:
    sealed = Vault([NEW]).seal("سر")
    changed = sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]
    with pytest.raises(VaultError):
        Vault([NEW]).open(changed)
