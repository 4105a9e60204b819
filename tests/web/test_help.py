"""المساعدة: the page for everybody, and its code, run against the portal's own signatures."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.domain.signing import make_private_key, sign
from portal.standalone.node import npm
from portal.web.routes.help import LANGUAGES
from tests.clients import Browser
from tests.house.tree import ROOT
from tests.web.html import read

SAMPLES = ROOT / "portal/templates/help/samples"
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PLAIN = "سر نصي طويل"
BODY = '{"نص": "السلام عليكم"}\n'.encode()

Verifier = Callable[[str, dict[str, str], bytes], bool]

# How each language compares in constant time.
CONSTANT_TIME = {
    "python": "hmac.compare_digest(",
    "php": "hash_equals(",
    "node": "crypto.timingSafeEqual(",
    "java": "MessageDigest.isEqual(",
    "csharp": "CryptographicOperations.FixedTimeEquals(",
    "go": "hmac.Equal(",
}

# Node reads what it shall verify from its input: [secret, headers, body in hexadecimal].
DRIVER = """
const { verify } = require(process.argv[1]);
const [secret, headers, body] = JSON.parse(require("node:fs").readFileSync(0));
console.log(verify(secret, headers, Buffer.from(body, "hex")));
"""


def in_python() -> Verifier:
    """The sample of the page for Python."""
    names: dict[str, Verifier] = {}
    exec((SAMPLES / "python.txt").read_text("utf-8"), names)
    return names["verify"]


def in_node(folder: Path) -> Verifier:
    """The sample of the page for Node, run as a program."""
    # Where Node is not on the path, the portal brings one, and says so where it cannot.
    node = shutil.which("node") or npm()[0]
    module = shutil.copy(SAMPLES / "node.txt", folder / "sample.js")

    def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
        done = subprocess.run(
            [node, "-e", DRIVER, module],
            input=json.dumps([secret, headers, body.hex()]),
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return {"true": True, "false": False}[done.stdout.strip()]

    return verify


@pytest.fixture(params=["python", "node"])
def verify(request: pytest.FixtureRequest, tmp_path: Path) -> Verifier:
    return in_python() if request.param == "python" else in_node(tmp_path)


def signed(*secrets: str, at: int | None = None) -> dict[str, str]:
    """The headers of a message that these secrets sign, now or at another time."""
    at = int(time.time()) if at is None else at
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secrets, "msg_1", at, BODY),
    }


@pytest.mark.parametrize("secret", [SECRET, PLAIN])
def test_the_code_accepts_what_the_portal_signs(verify: Verifier, secret: str) -> None:
    assert verify(secret, signed(secret), BODY) is True


@pytest.mark.parametrize("secrets", [(OTHER, SECRET), (SECRET, OTHER)])
def test_one_of_several_signatures_is_enough(verify: Verifier, secrets: tuple[str, ...]) -> None:
    assert verify(SECRET, signed(*secrets), BODY) is True


@pytest.mark.parametrize("secret", [OTHER, PLAIN, make_private_key(bytes(range(32)))])
def test_the_code_refuses_another_secrets_signature(verify: Verifier, secret: str) -> None:
    assert verify(SECRET, signed(secret), BODY) is False


def test_the_code_refuses_a_body_that_was_written_anew(verify: Verifier) -> None:
    assert verify(SECRET, signed(SECRET), json.dumps(json.loads(BODY)).encode()) is False


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "سلام", "1"])
def test_the_code_refuses_headers_that_are_missing_or_wrong(
    verify: Verifier, name: str, value: str | None
) -> None:
    headers = {key: text for key, text in signed(SECRET).items() if key != name}
    assert verify(SECRET, headers if value is None else headers | {name: value}, BODY) is False


@pytest.mark.parametrize("seconds", [-400, 400])
def test_the_code_refuses_a_time_that_is_far_off(verify: Verifier, seconds: int) -> None:
    headers = signed(SECRET, at=int(time.time()) + seconds)
    assert verify(SECRET, headers, BODY) is False


@pytest.mark.parametrize("seconds", [-200, 200])
def test_the_code_bears_clocks_that_differ_a_little(verify: Verifier, seconds: int) -> None:
    headers = signed(SECRET, at=int(time.time()) + seconds)
    assert verify(SECRET, headers, BODY) is True


@pytest.mark.parametrize("name", [name for name, _ in LANGUAGES])
def test_every_sample_compares_in_constant_time_and_reads_both_kinds_of_secret(name: str) -> None:
    code = (SAMPLES / f"{name}.txt").read_text("utf-8")
    assert CONSTANT_TIME[name] in code
    assert "whsec_" in code
    assert "300" in code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestThePage:
    def test_it_shows_every_sample_to_the_letter(self, support: Browser) -> None:
        copied = [
            button.get("data-copy") for button in read(support.get("/help").text).all("button")
        ]
        for sample in SAMPLES.glob("*.txt"):
            assert sample.read_text("utf-8") in copied, sample.name

    def test_every_entry_of_the_contents_leads_somewhere(self, staff: Browser) -> None:
        page = read(staff.get("/help").text)
        ids = {attributes.get("id") for _, attributes in page.elements}
        anchors = [a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")]
        assert len(anchors) > len(LANGUAGES)
        assert set(anchors) <= ids

    def test_it_stands_in_the_menu_of_every_role(
        self, admin: Browser, staff: Browser, support: Browser
    ) -> None:
        for browser in (admin, staff, support):
            assert read(browser.get("/").text).all("a", href="/help")
            assert (
                read(browser.get("/help").text).all("a", href="/help")[0]["aria-current"] == "page"
            )
