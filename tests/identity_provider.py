"""A provider of single sign-on on loopback, with keys of its own, that lies where it is told to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Thread
from time import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "portal", "s3cret-of-the-portal"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
STRANGE_KEY = RSAKey.generate_key(2048, {"kid": "first"})


@dataclass
class IdentityProvider:
    """Listens from when it is made until :meth:`close`.

    ``claims`` of the identity token override what is right, None leaves one out; ``sign`` makes
    the token of header and claims; ``document`` overrides what the provider says of itself.
    """

    email: str = "sara@nour.example"
    subject: str = "subject-1"
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    status: int = 200
    sign: Callable[[dict[str, Any]], str] = lambda claims: signed(claims)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}/realm"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, str]:
        """What makes a portal use it."""
        return {
            "PORTAL_OIDC_ISSUER": self.issuer,
            "PORTAL_OIDC_CLIENT_ID": CLIENT_ID,
            "PORTAL_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }

    def authorize(self, address: str) -> str:
        """Sign somebody in who was sent to ``address``; returns where they are sent back to."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = token_urlsafe(12)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def describe(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        } | self.document

    def exchange(self, form: dict[str, list[str]], authorization: str) -> dict[str, Any]:
        """What the token endpoint answers to a code, which it takes once."""
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        query = self.codes.pop(form["code"][0], None)
        challenge = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if (
            query is None
            or authorization != f"Basic {basic}"
            or query["redirect_uri"] != form["redirect_uri"][0]
            or query["code_challenge"] != base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        ):
            return {"error": "invalid_grant"}
        token = self.sign(self._claims(query["nonce"]))
        return {"access_token": "access-1", "token_type": "Bearer", "id_token": token}

    def _claims(self, nonce: str) -> dict[str, Any]:
        moment = int(time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "exp": moment + 300,
            "iat": moment,
            "auth_time": moment,
            "nonce": nonce,
            "email": self.email,
            "email_verified": True,
        } | self.claims
        return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], key: RSAKey = KEY) -> str:
    """``claims`` as a token signed with ``key``."""
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, key)


def unsigned(claims: dict[str, Any]) -> str:
    """``claims`` as a token that says it needs no signature."""
    return _encoded({"alg": "none", "kid": "first"}) + "." + _encoded(claims) + "."


def signed_with_public_key(claims: dict[str, Any]) -> str:
    """``claims`` signed with HS256, the secret being the public key that everybody has."""
    text = _encoded({"alg": "HS256", "kid": "first"}) + "." + _encoded(claims)
    mac = hmac.digest(KEY.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that the server calls
            path = urlsplit(self.path).path.removeprefix("/realm")
            provider.asked.append(path)
            if path == "/authorize":
                self.send_response(303)
                self.send_header("Location", provider.authorize(self.path))
                self.end_headers()
                return
            self._say(
                {
                    "/.well-known/openid-configuration": provider.describe(),
                    "/keys": {"keys": [KEY.as_dict(private=False)]},
                    "/userinfo": provider.userinfo,
                }[path]
            )

        def do_POST(self) -> None:  # noqa: N802 - the name that the server calls
            provider.asked.append("/token")
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            self._say(provider.exchange(form, self.headers.get("Authorization", "")))

        def _say(self, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(provider.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
