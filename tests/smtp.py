"""A real mail server on loopback: it keeps what it takes, and refuses what it is told to."""

import base64
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock, Thread


@dataclass(frozen=True)
class Taken:
    """A mail that was taken: for whom, and over which kind of connection."""

    to: str
    message: EmailMessage
    is_encrypted: bool
    user: str | None

    def part(self, kind: str) -> str:
        """The text of the part of a kind: "plain" or "html"."""
        body = self.message.get_body((kind,))
        assert body is not None
        return body.get_content()


@dataclass
class MailServer:
    """Listens from when it is made until :meth:`close`. ``refused`` are addresses that it knows
    nothing of; ``logins`` the users it lets in, by their passwords, everybody when there are none;
    with ``tls`` it offers STARTTLS."""

    tls: ssl.SSLContext | None = None
    logins: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    port: int = 0
    mails: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = Lock()
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mail_server: MailServer) -> None:
        self.mail_server = mail_server
        super().__init__(("127.0.0.1", mail_server.port), _Talk)


class _Talk(StreamRequestHandler):
    def handle(self) -> None:
        """Take mails until the other side leaves."""
        self.known: MailServer = self.server.mail_server  # type: ignore[attr-defined]
        self.is_encrypted, self.user, self.to = False, None, ""
        self._say("220 here")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            answer = getattr(self, f"_{verb.lower()}", None)
            self._say(answer(rest) if answer else "502 what?")
            if verb.upper() == "QUIT":
                return

    def finish(self) -> None:
        """Close what STARTTLS has put around the connection, too."""
        super().finish()
        self.connection.close()

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _ehlo(self, _rest: str) -> str:
        offers = ["STARTTLS"] if self.known.tls and not self.is_encrypted else []
        offers += ["AUTH PLAIN"] if self.known.logins else []
        for offer in ("here", *offers):
            self._say(f"250-{offer}")
        return "250 8BITMIME"

    def _starttls(self, _rest: str) -> str:
        assert self.known.tls
        self._say("220 go on")
        self.connection = self.known.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_encrypted = True
        # Nobody waits for a word after the handshake, but an empty line is never one.
        return self._next()

    def _next(self) -> str:
        verb, _, rest = self.rfile.readline().decode().strip().partition(" ")
        return getattr(self, f"_{verb.lower()}")(rest)

    def _auth(self, rest: str) -> str:
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        if self.known.logins.get(user) != password:
            return "535 no"
        self.user = user
        return "235 welcome"

    def _mail(self, _rest: str) -> str:
        return "250 ok" if self.user or not self.known.logins else "530 who are you?"

    def _rcpt(self, rest: str) -> str:
        self.to = rest.partition("<")[2].partition(">")[0]
        return "550 nobody" if self.to in self.known.refused else "250 ok"

    def _data(self, _rest: str) -> str:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        message = message_from_bytes(b"".join(lines), policy=default)
        with self.known.lock:
            self.known.mails.append(Taken(self.to, message, self.is_encrypted, self.user))
        return "250 taken"

    def _rset(self, _rest: str) -> str:
        return "250 ok"

    def _noop(self, _rest: str) -> str:
        return "250 ok"

    def _quit(self, _rest: str) -> str:
        return "221 bye"
