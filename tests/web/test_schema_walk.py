"""A walk over the API's document: whatever is sent, the answer is one that the document tells."""

import subprocess
import sys

import pytest
from flask import Flask

from portal.models import Account
from tests import factories

# What an answer must be. A resource whose address is a word beside ids (/deliveries/resend) names
# the methods of both in Allow, so that is left to a test of our own.
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance"),
    *("unsupported_method", "ignored_auth"),
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_no_request_gets_an_answer_that_is_not_in_the_document(
    request: pytest.FixtureRequest, app: Flask, account: Account, served: str
) -> None:
    # ``--long`` tries the edges of every schema too, some 5,700 requests.
    phases = "coverage,fuzzing" if request.config.option.long else "fuzzing"
    key = factories.make_key(account)
    factories.make_hook()
    factories.make_trigger(account)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{served}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS)),
            *("--phases", phases, "--max-examples", "8", "--seed", "1"),
            # It waits for a worker, and has tests of its own with one.
            *("--exclude-path", "/hooks/{hook_id}/test"),
            *("--no-shrink", "--no-color", "--warnings", "off", "--max-failures", "20"),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
