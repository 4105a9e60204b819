"""Mails, handed to the operator's mail server.

No password is said before the connection is encrypted and the server's certificate is good, save
to a server on this very machine.
"""

import smtplib
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import localtime
from ipaddress import ip_address
from typing import NamedTuple

# For each step of the conversation.
STEP_SECONDS = 10.0

AWAY, TLS, SIGN_IN, REFUSED = "smtp_away", "smtp_tls", "smtp_sign_in", "smtp_refused"


class Mail(NamedTuple):
    """One message to one person. ``id`` is the same whenever it is sent, so that a mail box can
    tell a repetition; ``html`` says what ``text`` does."""

    id: str
    to: str
    subject: str
    text: str
    html: str


class MailError(Exception):
    """A mail that the server did not take; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MailServer:
    """A conversation with the mail server; ``with MailServer(…) as server`` opens and ends it.

    ``is_tls``: encrypted from the first byte on, and not only after STARTTLS.
    """

    def __init__(self, host: str, port: int, user: str, password: str, is_tls: bool) -> None:
        self._host, self._port = host, port
        self._user, self._password = user, password
        self._is_tls = is_tls

    def __enter__(self) -> "MailServer":
        try:
            self._talk = self._connect()
        except ssl.SSLError as error:
            raise MailError(TLS) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(AWAY) from error
        try:
            self._introduce()
        except BaseException:
            self._talk.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._talk.quit()
        except (OSError, smtplib.SMTPException):
            self._talk.close()

    def send(self, mail: Mail, sender: str) -> None:
        """Hand ``mail`` over, from the address ``sender``; raises :class:`MailError`."""
        try:
            self._talk.send_message(_message(mail, sender), sender, [mail.to])
        except smtplib.SMTPServerDisconnected as error:
            raise MailError(AWAY) from error
        # Before OSError, of which it is a kind.
        except (smtplib.SMTPException, MessageError, ValueError) as error:
            raise MailError(REFUSED) from error
        except OSError as error:
            raise MailError(AWAY) from error

    def _connect(self) -> smtplib.SMTP:
        if self._is_tls:
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=STEP_SECONDS, context=self._context()
            )
        return smtplib.SMTP(self._host, self._port, timeout=STEP_SECONDS)

    def _introduce(self) -> None:
        """Encrypt what follows where the server can, and sign in."""
        try:
            self._talk.ehlo()
            if not self._is_tls and self._talk.has_extn("starttls"):
                self._talk.starttls(context=self._context())
                self._talk.ehlo()
            elif not self._is_tls and self._user and not self._is_here:
                raise MailError(TLS)
            if self._user:
                self._talk.login(self._user, self._password)
        except ssl.SSLError as error:
            raise MailError(TLS) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise MailError(SIGN_IN) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(AWAY) from error

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._is_here:
            # Nobody can stand between, and a certificate for this machine is seldom signed.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    @property
    def _is_here(self) -> bool:
        try:
            return ip_address(self._host).is_loopback
        except ValueError:
            return self._host == "localhost"


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Date"] = localtime()
    # Out-of-office replies and their like are of no use to anybody.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message["Content-Language"] = "ar"
    return message
