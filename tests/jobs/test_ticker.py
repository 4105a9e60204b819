"""The ticker as a process: what it has done beside ringing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Account, EndpointCheck, Notice
from tests import factories, servers
from tests.receiver import Receiver
from tests.smtp import MailServer
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture
def environ(environ: dict[str, str], mail_server: MailServer) -> dict[str, str]:
    """The settings of the test, a mail server among them."""
    return environ | {"PORTAL_SMTP_URL": f"smtp://127.0.0.1:{mail_server.port}"}


@pytest.fixture
def tickers(environ: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two tickers on the portal of the test."""
    command = [*servers.BOUND, sys.executable, "-m", "jobs.ticker", "--leave-within", "5"]
    running = [subprocess.Popen(command, cwd=ROOT, env=os.environ | environ) for _ in range(2)]
    yield running
    for one in running:
        one.kill()
        one.wait()


def seen() -> list[str | None]:
    """What was seen of the endpoints that were looked at."""
    db.session.rollback()
    looked_at = EndpointCheck.checked_at.is_not(None)
    return sorted(
        (check.error or "well" for check in db.session.query(EndpointCheck).filter(looked_at)),
    )


def mailed() -> int:
    """How many notices are through with being mailed."""
    db.session.rollback()
    return db.session.query(Notice).filter(Notice.mailed_at.is_not(None)).count()


def test_endpoints_are_looked_at_and_admins_are_mailed_once_by_two_tickers(
    app: Flask,
    account: Account,
    receiver: Receiver,
    mail_server: MailServer,
    tickers: list[subprocess.Popen[bytes]],
) -> None:
    factories.make_person("huda@nour.example", role="admin", account=account)
    factories.make_hook(receiver.url)
    factories.make_hook("https://nobody.invalid/hook")
    until(lambda: seen() == ["dns_failure", "well"], timeout=30)
    until(lambda: mail_server.mails, timeout=30)
    until(mailed, timeout=30)
    for one in tickers:
        one.terminate()
        assert one.wait(10) == 0
    assert [mail.to for mail in mail_server.mails] == ["huda@nour.example"]
    assert "nobody.invalid" in mail_server.mails[0].message["Subject"]
    assert receiver.arrivals == []
