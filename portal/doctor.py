"""``doctor``: examines a running portal from outside, one step after another.

Every step is a sentence of Arabic; the first that fails says what to do, and ends the examination.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy.exc import SQLAlchemyError

from portal.domain.actor import Actor
from portal.domain.call_filter import CallFilter
from portal.domain.hooks import HookDraft
from portal.domain.scopes import KeyDraft
from portal.domain.states import Role
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.extensions import settings
from portal.pipeline import accounts, health, hooks, keys, sandbox, triggers
from portal.pipeline.transactions import release
from portal.queries.calls import list_calls

# The examination has an account of its own, so that no customer finds it in their log.
ACCOUNT = "doctor"
EVENT_TYPE = "message.received"
ANSWER_SECONDS = 20
ARRIVAL_SECONDS = 15.0
LOOK_EVERY = 0.1
# A trigger that publishes nothing, and says back what it is asked.
ECHO = {"name": "doctor", "mode": "sync", "response": {"body": {"echo": "{{ body.ask }}"}}}


@dataclass(frozen=True)
class Step:
    """What one step found."""

    passed: bool
    sentence: str

    @property
    def line(self) -> str:
        """The step as the terminal shows it."""
        return f"{'✓' if self.passed else '✗'} {self.sentence}"


@dataclass
class Visit:
    """What the steps learn and pass on."""

    url: str
    health: dict[str, Any] = field(default_factory=dict)


def examine(url: str | None = None) -> Iterator[Step]:
    """The steps of an examination of the portal at ``url`` (default: PORTAL_BASE_URL), in order;
    nothing follows the first that fails."""
    visit = Visit((url or settings().base_url).rstrip("/"))
    for look in (_settings, _database, _portal, _redis, _workers, _delivery, _call):
        step = look(visit)
        yield step
        if not step.passed:
            return


def _settings(_visit: Visit) -> Step:
    return Step(True, f"الإعدادات سليمة، ومجلد البيانات هو {settings().data}")


def _database(_visit: Visit) -> Step:
    # Opening an SQLite file that was moved away would put an empty one in its place.
    file = settings().database_url.partition("sqlite:///")[2]
    if (file and not Path(file).exists()) or not health.database_answers():
        return _database_is_away()
    return Step(True, "قاعدة البيانات تجيب، وجداولها موجودة.")


def _database_is_away() -> Step:
    return Step(
        False,
        "قاعدة البيانات لا تجيب أو لا تقبل الكتابة: تحقق من DATABASE_URL ومن أن الخادم يعمل أو أن"
        " ملفها متاح، ثم أعد الفحص.",
    )


def _portal(visit: Visit) -> Step:
    try:
        answer = requests.get(f"{visit.url}/health", timeout=ANSWER_SECONDS, allow_redirects=False)
        visit.health = answer.json()
    except (requests.RequestException, ValueError):
        return Step(
            False,
            f"البوابة لا تجيب على {visit.url}: شغّلها بالأمر python wsgi.py أو صحّح PORTAL_BASE_URL.",
        )
    if visit.health.get("database") != "ok":
        return _database_is_away()
    return Step(True, f"البوابة تجيب على {visit.url}")


def _redis(visit: Visit) -> Step:
    if visit.health.get("redis") == "ok":
        return Step(True, "Redis يجيب.")
    return Step(
        False,
        "Redis لا يجيب: شغّله أو صحّح REDIS_URL. لا يضيع شيء في أثناء ذلك، لكن الإرسال أبطأ.",
    )


def _workers(visit: Visit) -> Step:
    workers = visit.health.get("workers", 0)
    if workers:
        return Step(True, f"عمليات الإرسال تعمل، وعددها: {workers}")
    return Step(
        False,
        "لا توجد عملية إرسال (worker) تعمل: شغّل واحدة على الأقل بالأمر flask --app wsgi worker.",
    )


def _delivery(visit: Visit) -> Step:
    try:
        with _trial() as (key, hook_id):
            return _send(visit, key, hook_id)
    except SQLAlchemyError:
        return _database_is_away()


def _send(visit: Visit, key: str, hook_id: str) -> Step:
    api = requests.Session()
    api.headers["Authorization"] = f"Bearer {key}"
    began = time.monotonic()
    try:
        answer = api.post(
            f"{visit.url}/api/v1/events",
            json={"type": EVENT_TYPE, "data": {"text": "فحص البوابة"}},
            timeout=ANSWER_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code == 503:
            return _database_is_away()
        answer.raise_for_status()
        delivery = _await(
            lambda: _first(api, f"{visit.url}/api/v1/deliveries?hook={hook_id}"), ARRIVAL_SECONDS
        )
    except (requests.RequestException, ValueError) as error:
        return Step(False, f"لم تقبل البوابة حدثًا تجريبيًا ({type(error).__name__}): راجع سجلها.")
    finally:
        api.close()
    if delivery and delivery["state"] == "delivered":
        took = round((time.monotonic() - began) * 1000)
        return Step(True, f"نُشر حدث تجريبي ووصل إلى صندوق التجربة خلال {took} ملي ثانية.")
    reason = ((delivery or {}).get("last") or {}).get("error")
    if reason is None:
        return Step(
            False,
            "قُبل الحدث التجريبي ولم تبدأ أي محاولة: عمليات الإرسال (worker) لا تستجيب،"
            " أعد تشغيلها.",
        )
    return Step(
        False,
        f"قُبل الحدث التجريبي ولم يصل إلى {settings().base_url} ({reason}): تحقق من أن البوابة تصل"
        " إلى عنوانها في PORTAL_BASE_URL.",
    )


@contextmanager
def _trial() -> Iterator[tuple[str, str]]:
    """An API key and a hook to a fresh sandbox, both gone afterwards."""
    account_id = accounts.account_id_of(ACCOUNT, "فحص البوابة")
    actor = Actor(account_id, "doctor", Role.ADMIN)
    key, text = keys.make_api_key(KeyDraft("doctor"), actor)
    token = sandbox.open_sandbox(account_id)
    draft = HookDraft(
        name=f"doctor {token}", url=sandbox.sandbox_url(token), event_types=(EVENT_TYPE,)
    )
    hook_id = hooks.create_hook(draft, actor).hook.id
    try:
        yield text, hook_id
    finally:
        hooks.delete_hook(hook_id, actor)
        keys.revoke_api_key(key.id, actor)


def _call(visit: Visit) -> Step:
    try:
        with _trial_trigger() as (trigger_id, path):
            return _ask(visit, trigger_id, path)
    except SQLAlchemyError:
        return _database_is_away()


def _ask(visit: Visit, trigger_id: str, path: str) -> Step:
    url, asked = (settings().trigger_url or visit.url) + path, {"ask": trigger_id}
    try:
        answer = requests.post(url, json=asked, timeout=ANSWER_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return Step(
            False, f"لم تجب البوابة عن استدعاء مشغّل تجريبي ({type(error).__name__}): راجع سجلها."
        )
    if answer.status_code == 503:
        return _database_is_away()
    if answer.text != f'{{"echo": "{trigger_id}"}}':
        return Step(
            False,
            f"أُجيب عن استدعاء مشغّل تجريبي بغير ما أُعدّ له ({answer.status_code}): تحقق من أن ما"
            " يقف أمام البوابة يمرّر المسار /hooks/in كما هو.",
        )
    release()
    if not list_calls(trigger_id, CallFilter(verdict="accepted")).items:
        return Step(
            False,
            "أُجيب عن استدعاء مشغّل تجريبي ولم يُسجَّل: تحقق من أن DATABASE_URL هنا هو نفسه في"
            " البوابة التي تعمل.",
        )
    return Step(True, "استُدعي مشغّل تجريبي فأجاب كما أُعدّ له، وسُجّل استدعاؤه.")


@contextmanager
def _trial_trigger() -> Iterator[tuple[str, str]]:
    """The id and the path of a trigger that anybody may call, gone afterwards."""
    actor = Actor(accounts.account_id_of(ACCOUNT, "فحص البوابة"), "doctor", Role.ADMIN)
    trigger = triggers.create_trigger(read_trigger(ECHO, TriggerDraft()), actor)
    trigger_id, path = trigger.id, urlsplit(triggers.url_of(trigger)).path
    try:
        yield trigger_id, path
    finally:
        triggers.delete_trigger(trigger_id, actor)


def _first(api: requests.Session, url: str) -> dict[str, Any] | None:
    found = api.get(url, timeout=ANSWER_SECONDS, allow_redirects=False).json().get("items")
    return found[0] if found else None


def _await(look: Callable[[], dict[str, Any] | None], seconds: float) -> dict[str, Any] | None:
    """What ``look`` sees once it is finished, or after ``seconds``."""
    ends = time.monotonic() + seconds
    while True:
        seen = look()
        if (seen and seen["state"] != "waiting") or time.monotonic() > ends:
            return seen
        time.sleep(LOOK_EVERY)
