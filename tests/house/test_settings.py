"""Settings: what the README promises is what is read, and nonsense is named."""

import re
from pathlib import Path

import pytest

from portal.settings import NAMES, SettingError, Settings
from tests.house.tree import ROOT

# Those whose default is one text; the README gives it as code.
PLAIN = {
    "PORTAL_DATA": "./instance",
    "PORTAL_HOST": "127.0.0.1",
    "PORTAL_PORT": "8000",
    "PORTAL_WORKERS": "2",
    "PORTAL_ALLOWED_PORTS": "80,443,8080,8443",
    "PORTAL_TIMEZONE": "Asia/Riyadh",
    "PORTAL_KEEP_DELIVERED_DAYS": "30",
    "PORTAL_KEEP_UNDELIVERED_DAYS": "90",
    "PORTAL_KEEP_CALLS_DAYS": "30",
    "PORTAL_TRUSTED_PROXIES": "0",
}

# The same in every worker of a run, which know tests by their names.
SEALING_KEY = f"{'A' * 43}="

NONSENSE = {
    "DATABASE_URL": ["mysql://localhost/x", "portal.sqlite", "sqlite:/x", "postgresql://u:p@h:x/d"]
    + ["postgresql://u:p@ss@h/d", "postgresql://u:p/ss@h/d", "postgresql://u:p#ss@h/d"],
    "REDIS_URL": ["localhost:6379", "http://127.0.0.1"],
    "PORTAL_PORT": ["0", "65536", "-1", "eighty", "8000.0", "٨٠٠٠", "1e3"],
    "PORTAL_BASE_URL": ["portal.example", "ftp://x", "http://", "http://x:port", "https://a@b"]
    + ["https://x/?q=1", "https://x/#top", "http://[::1"],
    "PORTAL_TRIGGER_HOST": [
        "127.0.0.1:8000",
        "http://127.0.0.1:8000",
        "in.nour.example/hooks",
        "a b",
    ]
    + [
        "ftp://in.nour.example",
        "https://in.nour.example/?q=1",
        "in.nour.example:port",
        "a@b",
        "a,b",
    ]
    + ["//in.nour.example", ":8000", "http://[::1"],
    "PORTAL_WORKERS": ["0", "65", "two", "-2"],
    "PORTAL_ADMIN_EMAIL": ["admin", "@nour.example", "admin@", "a b@nour.example"],
    "PORTAL_ADMIN_PASSWORD": ["short"],
    "PORTAL_ENCRYPTION_KEYS": ["secret", f"{SEALING_KEY},x"],
    "PORTAL_ALLOWED_NETWORKS": ["localhost", "10.0.0.0/33", "10.0.0.1/8", "127.0.0.0/8,x"],
    "PORTAL_ALLOWED_PORTS": ["http", "0", "65536", "80;443", "80,*", "80-90"],
    "PORTAL_TIMEZONE": ["Riyadh", "Asia/Atlantis", "../etc/passwd", "+03:00"],
    "PORTAL_KEEP_DELIVERED_DAYS": ["0", "-1", "month", "3651"],
    "PORTAL_KEEP_UNDELIVERED_DAYS": ["0", "-1", "month", "3651"],
    "PORTAL_KEEP_CALLS_DAYS": ["0", "-1", "month", "3651"],
    "PORTAL_TRUSTED_PROXIES": ["-1", "9", "yes"],
    "PORTAL_SMTP_URL": ["mail.nour.example", "http://mail.nour.example", "smtp://", "smtp://h:x"]
    + ["smtp://user@mail", "smtp://:password@mail", "smtp://mail/box", "smtps://mail?tls=no"],
    "PORTAL_MAIL_FROM": ["portal", "@nour.example", "a b@nour.example"],
    "PORTAL_OIDC_ISSUER": ["https://id.nour.example"],
    "PORTAL_OIDC_CLIENT_ID": ["portal"],
    "PORTAL_OIDC_CLIENT_SECRET": ["s3cret"],
    "PORTAL_OIDC_NAME": ["نور"],
    "PORTAL_OIDC_ACCOUNT": ["main"],
    "PORTAL_OIDC_ROLE": ["staff"],
}

SENSE = {
    "DATABASE_URL": ["sqlite:////srv/portal.sqlite", "postgresql+psycopg://u:p@db/portal"],
    "REDIS_URL": ["redis://cache:6379/1", "rediss://cache", "unix:///run/redis.sock"],
    "PORTAL_BASE_URL": ["https://hooks.nour.example", "http://[::1]:8000/portal/"],
    "PORTAL_TRIGGER_HOST": [
        "in.nour.example",
        "127.0.0.1:9000",
        "https://in.nour.example",
        "[::1]:81",
    ],
    "PORTAL_ALLOWED_NETWORKS": ["127.0.0.0/8", "10.0.0.0/8, fd00::/8", "192.0.2.1"],
    "PORTAL_ALLOWED_PORTS": ["*", "443", "80, 443"],
    "PORTAL_TIMEZONE": ["UTC", "Africa/Cairo"],
    "PORTAL_SMTP_URL": [
        "smtp://mail:2525",
        "smtps://me%40nour.example:p%3Aw@mail",
        "smtp://[::1]/",
    ],
    "PORTAL_MAIL_FROM": ["hooks@nour.example"],
}


def readme_rows() -> dict[str, str]:
    """The setting's name and its default as the README's table has them."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if "|" in line]
    named = [(re.findall(r"`([A-Z_]+)`", row[0]), row) for row in rows]
    return {name: row[1] for names, row in named for name in names if len(row) >= 3}


def each(table: dict[str, list[str]]) -> pytest.MarkDecorator:
    """One case for each name and text of ``table``."""
    cases = [(name, text) for name, texts in table.items() for text in texts]
    return pytest.mark.parametrize(("name", "text"), cases)


def test_the_readme_has_a_row_for_every_setting_and_no_other() -> None:
    assert sorted(readme_rows()) == sorted(NAMES)


def test_the_readme_gives_the_defaults() -> None:
    rows = readme_rows()
    assert {name: rows[name].strip("`") for name in PLAIN} == PLAIN


def test_the_defaults_spelled_out_change_nothing() -> None:
    assert Settings.from_env(PLAIN) == Settings.from_env({})


def test_an_empty_value_counts_as_not_set() -> None:
    assert Settings.from_env(dict.fromkeys(NAMES, "")) == Settings.from_env({})


@each(NONSENSE)
def test_nonsense_stops_the_start_with_a_sentence_that_names_it(name: str, text: str) -> None:
    with pytest.raises(SettingError) as stopped:
        Settings.from_env({name: text})
    sentence = str(stopped.value)
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert "\n" not in sentence


@each(SENSE)
def test_what_makes_sense_is_taken(name: str, text: str) -> None:
    assert Settings.from_env({name: text}) != Settings.from_env({})


def test_a_mail_server_is_taken_apart_and_mails_are_from_whoever_signs_in_to_it() -> None:
    settings = Settings.from_env({"PORTAL_SMTP_URL": "smtps://me%40nour.example:p%3Aw@mail"})
    assert settings.smtp == ("mail", 465, "me@nour.example", "p:w", True)
    assert settings.mail_from == "me@nour.example"
    named = Settings.from_env({"PORTAL_BASE_URL": "https://hooks.nour.example"})
    assert (named.smtp, named.mail_from) == (None, "khuttaf@hooks.nour.example")


def test_a_refused_mail_server_does_not_show_its_password() -> None:
    with pytest.raises(SettingError) as stopped:
        Settings.from_env({"PORTAL_SMTP_URL": "smtp://me:s3cret@"})
    assert "s3cret" not in str(stopped.value)


OIDC = {
    "PORTAL_OIDC_ISSUER": "https://id.nour.example/",
    "PORTAL_OIDC_CLIENT_ID": "portal",
    "PORTAL_OIDC_CLIENT_SECRET": "s3cret",
}


def test_a_provider_of_single_sign_on_is_described_whole() -> None:
    # The issuer is compared letter by letter, so nothing of it is taken away.
    assert Settings.from_env(OIDC).oidc == (*OIDC.values(), "", "", "support")
    further = {"PORTAL_OIDC_ACCOUNT": "main", "PORTAL_OIDC_ROLE": "staff"}
    assert Settings.from_env(OIDC | further).oidc == (*OIDC.values(), "", "main", "staff")
    here = Settings.from_env(OIDC | {"PORTAL_OIDC_ISSUER": "http://127.0.0.1:9/realm"}).oidc
    assert here is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORTAL_OIDC_ISSUER", "http://id.nour.example"),
        ("PORTAL_OIDC_ISSUER", "id.nour.example"),
        ("PORTAL_OIDC_ISSUER", "https://id.nour.example/?tenant=1"),
        ("PORTAL_OIDC_ISSUER", "https://[::1"),
        ("PORTAL_OIDC_CLIENT_ID", "بوابة"),
        ("PORTAL_OIDC_ACCOUNT", "حساب"),
        ("PORTAL_OIDC_ROLE", "owner"),
        ("PORTAL_OIDC_ROLE", "staff"),
    ],
)
def test_a_provider_that_makes_no_sense_stops_the_start(name: str, text: str) -> None:
    with pytest.raises(SettingError) as stopped:
        Settings.from_env(OIDC | {name: text})
    assert str(stopped.value).startswith(name)
    assert "s3cret" not in str(stopped.value)


def test_keys_are_made_once_and_read_by_all_who_start_later(tmp_path: Path) -> None:
    environ = {"PORTAL_DATA": str(tmp_path / "new")}
    first, second = (Settings.from_env(environ).with_keys() for _ in range(2))
    assert (first.secret_key, first.encryption_keys) == (second.secret_key, second.encryption_keys)
    folder = tmp_path / "new"
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()))


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingError, match="^PORTAL_DATA"):
        Settings.from_env({"PORTAL_DATA": str(tmp_path / "file/data")}).with_keys()


def test_a_long_data_folder_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    long = tmp_path / ("long" * 30)
    assert len(Settings.from_env({"PORTAL_DATA": str(long)}).redis_url) < 100
