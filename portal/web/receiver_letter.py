"""What to send to the developers of a receiving system: what went to them and what came of it.

Plain text in Arabic and in English, to be pasted wherever people write to each other. Machine
values stand on lines of their own, so that no direction mark is copied with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.queries.delivery_views import AttemptView
from portal.web.filters import short_url
from portal.web.moments import iso

# What is quoted of an answer: enough to find it again.
QUOTED = 500

# What the receiver can do about a failure, in both languages; by the code, or by its class.
_ASKED = {
    "dns_failure": (
        "لا نجد سجلات DNS لهذا النطاق. نرجو التحقق منها.",
        "The host name does not resolve. Please check its DNS records.",
    ),
    "connection_refused": (
        "يرفض الخادم الاتصال. نرجو التحقق من أن الخدمة تعمل على هذا المنفذ وأن جدار الحماية يسمح"
        " به.",
        "The server refuses the connection. Please check that the service listens on this port"
        " and that the firewall lets us in.",
    ),
    "connect_timeout": (
        "لا يكتمل الاتصال بالخادم. نرجو التحقق من أنه يعمل ومن جدار الحماية.",
        "The connection is never established. Please check that the server is up and its firewall.",
    ),
    "read_timeout": (
        "لم يكتمل الردّ ضمن المهلة. نرجو الردّ بالرمز 200 فور الاستلام، ثم المعالجة في الخلفية.",
        "Your answer did not come in time. Please answer 200 on receipt and process afterwards.",
    ),
    "connection_reset": (
        "انقطع الاتصال قبل أن يصل الردّ. نرجو مراجعة سجلات الخادم في هذا الوقت.",
        "The connection was closed before an answer. Please look into your server's logs.",
    ),
    "tls_expired": (
        "شهادة الأمان خارج مدة صلاحيتها. نرجو تجديدها.",
        "Your TLS certificate has expired or is not valid yet. Please renew it.",
    ),
    "tls_hostname_mismatch": (
        "شهادة الأمان صادرة لنطاق آخر. نرجو تثبيت شهادة تشمل هذا النطاق.",
        "Your TLS certificate is for another name. Please install one that covers this host.",
    ),
    "tls_untrusted": (
        "شهادة الأمان غير موثوقة أو سلسلتها ناقصة. نرجو تثبيت السلسلة كاملة.",
        "Your TLS certificate is not trusted. Please install it with its full chain.",
    ),
    "tls_handshake": (
        "لا يكتمل الاتصال الآمن. نرجو تفعيل TLS 1.2 أو أحدث على هذا المنفذ.",
        "The TLS handshake fails. Please enable TLS 1.2 or later on this port.",
    ),
    "redirect_3xx": (
        "يردّ الخادم بإعادة توجيه، ونحن لا نتبعها. نرجو تزويدنا بالرابط النهائي.",
        "You answer with a redirect, which we do not follow. Please tell us the final address.",
    ),
    "http_401": (
        "يرفض النظام بيانات المصادقة. نرجو التحقق من رمز الأمان والرؤوس المتفق عليها.",
        "Authentication is refused. Please check the secret and the headers agreed upon.",
    ),
    "http_413": (
        "يرفض الخادم حجم الطلب. نرجو رفع الحد المسموح.",
        "The request is too large for your server. Please raise its limit.",
    ),
    "http_429": (
        "تجاوزنا المعدّل المسموح. نرجو رفعه أو إخبارنا به.",
        "You limit our requests. Please raise the limit or tell us what it is.",
    ),
    "http_4xx": (
        "يرفض النظام هذا الطلب. نرجو إخبارنا بما ينبغي تغييره.",
        "Your system refuses this request. Please tell us what it expects.",
    ),
    "http_503": (
        "ردّ نظامكم بأنه غير متاح مؤقتًا. نرجو إخبارنا متى يعود.",
        "Your system says that it is unavailable. Please tell us when it will be back.",
    ),
    "http_5xx": (
        "حدث عطل لديكم عند معالجة الطلب. نرجو مراجعة سجلات الخادم في هذا الوقت.",
        "Your system failed while working on the request. Please look into its logs.",
    ),
}
_ASKED_OTHERWISE = (
    "نرجو مراجعة سجلات الخادم في هذا الوقت.",
    "Please look into your server's logs at this time.",
)


@dataclass(frozen=True)
class _Words:
    """What a letter says in one language; ``facts`` are the names of :func:`_facts`.

    ``joint`` stands between a name and its value: where these run in two directions, a line break.
    """

    greeting: str
    arrived: str
    failed: str
    facts: tuple[str, ...]
    quoted: str
    joint: str


_ARABIC = _Words(
    "السلام عليكم،",
    "أرسلنا إليكم الحدث التالي، وردّ نظامكم بالنجاح.",
    "أرسلنا إليكم الحدث التالي، ولم يكتمل تسليمه.",
    ("الرابط", "الوقت", "معرّف الرسالة", "نوع الحدث", "النتيجة", "زمن المحاولة", "رقم المحاولة"),
    "نص استجابتكم",
    "\n",
)
_ENGLISH = _Words(
    "Hello,",
    "We sent you the event below, and your system answered with success.",
    "We sent you the event below, and it was not accepted.",
    ("URL", "Time", "webhook-id", "Event type", "Outcome", "Duration", "Attempt"),
    "Your answer",
    " ",
)


def letter_of(event_type: str, attempt: AttemptView) -> str:
    """What to write to whoever runs the system that ``attempt`` went to with an event of a type."""
    asked = asked_of(attempt.error) if attempt.error else ("", "")
    arabic, english = (
        "\n".join(_lines(words, event_type, attempt, what))
        for words, what in zip((_ARABIC, _ENGLISH), asked, strict=True)
    )
    return f"{arabic}\n\n—\n\n{english}"


def _lines(words: _Words, event_type: str, attempt: AttemptView, asked: str) -> Iterator[str]:
    yield words.greeting
    yield words.failed if attempt.error else words.arrived
    yield asked
    yield from (
        f"{name}:{words.joint}{value}"
        for name, value in zip(words.facts, _facts(event_type, attempt), strict=True)
    )
    if attempt.response_body:
        yield f"{words.quoted}:\n{attempt.response_body[:QUOTED]}"


def _facts(event_type: str, attempt: AttemptView) -> Iterator[str]:
    yield f"POST {short_url(attempt.url)}"
    yield iso(attempt.started_at)
    yield next((value for name, value in attempt.request_headers if name == "webhook-id"), "-")
    yield event_type
    yield f"HTTP {attempt.status_code}" if attempt.status_code else str(attempt.error)
    yield f"{attempt.duration_ms} ms"
    yield str(attempt.number)


def asked_of(code: str) -> tuple[str, str]:
    """What the receiver is asked to do about the failure ``code``, in Arabic and in English."""
    kind = "redirect_3xx" if code.startswith("http_3") else f"{code[:6]}xx"
    return _ASKED.get(code) or _ASKED.get(kind, _ASKED_OTHERWISE)
