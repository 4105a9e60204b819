"""/hooks/in/<token>: the door for outside systems, which answers every method itself."""

from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import ClientDisconnected

from portal.domain.storable import storable
from portal.domain.strict_json import JsonRefused
from portal.domain.triggers.admission import Turned
from portal.domain.triggers.answering import Answer
from portal.extensions import settings
from portal.pipeline.receive import Arrival, StillRunning, receive
from portal.web.access import peer
from portal.web.api import problems
from portal.web.bodies import BodyRefused, read_body

bp = Blueprint("inbound", __name__)

PATH = "/hooks/in/<token>"

# Answers are made by staff and filled by strangers: whatever they hold, no browser runs it here.
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

# What a caller is told, who knows nothing of pages, accounts and keys.
DETAILS = {
    401: "لم نتحقق من هوية المتصل. راجع بيانات المصادقة أو التوقيع ثم أعد الإرسال.",
    403: "لا يُقبل الطلب من هذا العنوان. اطلب من صاحب المشغّل إضافته إلى قائمة السماح.",
    404: "لا يوجد مشغّل مفعّل على هذا الرابط. راجع الرابط مع صاحبه.",
    405: "يقبل هذا الرابط طريقة POST فقط. أرسل الطلب بها.",
    409: "ما زال الاستدعاء الأول بالمفتاح نفسه قيد التنفيذ. أعد المحاولة بعد لحظات.",
    413: "حجم نص الطلب أكبر مما يقبله هذا المشغّل. قلّل البيانات ثم أعد الإرسال.",
    429: "تجاوز عدد الاستدعاءات المسموح في الدقيقة. انتظر المدة المذكورة في الرأس Retry-After.",
}
BY_CODE = {
    "handshake_refused": "لم يطابق رمز التحقق المحفوظ، أو أن نص التحقق غير مقبول."
    " راجعه مع صاحب المشغّل.",
    "content_encoded": "نص الطلب مضغوط. أرسله دون ضغط.",
}
NOT_THERE = "الرابط غير موجود"


@bp.record
def _route(state: BlueprintSetupState) -> None:
    # Flask would refuse other methods by itself, before a call could be put on record.
    rule = state.app.url_rule_class(
        PATH, endpoint="inbound.call", methods=None, strict_slashes=False
    )
    rule.provide_automatic_options = False
    state.app.url_map.add(rule)


@bp.endpoint("inbound.call")
def call(token: str) -> Response:
    """Take a call, and answer as its trigger says."""
    try:
        answer = receive(_arrival(token))
    except Turned as turned:
        return _turned(turned)
    except StillRunning:
        return _problem(409, "still_running")
    return _problem(404) if answer is None else _said(answer)


def not_there() -> Response:
    """What is said where no trigger is."""
    return _guard(_problem(404))


def _arrival(token: str) -> Arrival:
    query = storable(request.query_string)
    path = f"/hooks/in/{token}"
    return Arrival(
        token=token,
        method=request.method,
        peer=peer(),
        headers=[(name, value) for name, value in request.headers.items()],
        query=query,
        url=f"{settings().trigger_base_url}{path}{'?' if query else ''}{query}",
        read=_read,
    )


def _read(most: int) -> bytes:
    try:
        return read_body(most)
    except BodyRefused as refused:
        again = {"Retry-After": "1"} if refused.status == 503 else None
        raise Turned(refused.status, refused.code, again, limit=most) from None
    except (ClientDisconnected, OSError):
        raise Turned(400, "cut_short") from None


def _said(answer: Answer) -> Response:
    response = current_app.response_class(answer.body, answer.status)
    # What has no type must not be given one, least of all HTML's.
    del response.headers["Content-Type"]
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def _turned(turned: Turned) -> Response:
    response = _problem(turned.status, _told(turned), **_place(turned))
    for name, value in turned.headers.items():
        response.headers[name] = value
    return response


def _told(turned: Turned) -> str | None:
    # Strangers are told that they are refused, not what exactly gave them away.
    is_told = turned.status not in (401, 403) or turned.reason in BY_CODE
    return turned.reason if is_told else None


def _place(turned: Turned) -> dict[str, Any]:
    line, column = turned.facts.get("line"), turned.facts.get("column")
    if line is None:
        return {}
    return problems.place(JsonRefused(turned.reason, line, column))


def _problem(status: int, code: str | None = None, **members: Any) -> Response:
    said = BY_CODE.get(code or "") or DETAILS.get(status)
    if said:
        members["detail"] = said
    if status == 404:
        members["title"] = NOT_THERE
    response = problems.document(status, code, **members)
    response.headers.pop("WWW-Authenticate", None)
    return response


@bp.after_request
def _guard(response: Response) -> Response:
    for name, value in GUARDS.items():
        response.headers[name] = value
    return response
