"""What holds a secret does not show it when it is written out, as logs and traces do."""

from pathlib import Path

from portal.domain.hooks import HookDraft
from portal.domain.triggers.auth import Secrets
from portal.domain.triggers.outside import OutsideCall, PlannedCall
from portal.domain.vault import Vault
from portal.settings import Settings

KEY = "A" * 43 + "="


def test_no_secret_stands_in_the_text_of_what_holds_it() -> None:
    environ = {
        "DATABASE_URL": "postgresql://u:s3cret@db/portal",
        "REDIS_URL": "redis://:s3cret@cache/1",
        "PORTAL_ADMIN_EMAIL": "a@b.example",
        "PORTAL_ADMIN_PASSWORD": "s3cret-password",
        "PORTAL_SECRET_KEY": "s3cret-key",
        "PORTAL_ENCRYPTION_KEYS": KEY,
        "PORTAL_SMTP_URL": "smtp://u:s3cret@mail",
        "PORTAL_DATA": str(Path("/nowhere")),
    }
    texts = [
        Settings.from_env(environ),
        HookDraft(url="https://a.example/?t=s3cret", headers={"X": "s3cret"}, secret="s3cret"),
        Secrets("s3cret", "s3cret", "s3cret", ("s3cret",)),
        OutsideCall("a", "https://a.example/?t=s3cret", (("X", "s3cret"),), b""),
        PlannedCall("a", "https://a.example/?t=s3cret", {"X": "s3cret"}, None),
        Vault([KEY]),
    ]
    for one in texts:
        assert "s3cret" not in repr(one)
        assert KEY not in repr(one)
