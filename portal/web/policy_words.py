"""What a policy will do, in plain Arabic."""

from collections.abc import Sequence
from typing import Protocol

from portal.web.text import count


class Driving(Protocol):
    """What has to be known of a policy to say what it does; times are in seconds."""

    batch_size: int
    batch_wait_seconds: int
    ordered: bool
    per_minute: int | None
    in_flight: int
    timeout_seconds: int
    retry_delays: Sequence[int]
    expires_after_seconds: int | None


def sentences(policy: Driving) -> list[str]:
    """The sentences that tell staff what ``policy`` does, the most important first."""
    return [
        _grouping(policy),
        *_order(policy),
        *_pace(policy),
        f"مهلة الاستجابة: {span(policy.timeout_seconds)}.",
        _attempts(policy.retry_delays),
        *_expiry(policy),
    ]


def span(seconds: int) -> str:
    """A length of time in its largest whole unit: "5 دقائق"."""
    for key, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return count(seconds // size, key)
    return count(seconds, "second")


def _first_wait(policy: Driving) -> int:
    # A batch that is full goes at once; any other waits for whichever is longer.
    first = policy.retry_delays[0]
    return first if policy.batch_size == 1 else max(first, policy.batch_wait_seconds)


def _grouping(policy: Driving) -> str:
    wait, takes_turns = _first_wait(policy), policy.ordered or policy.per_minute
    if policy.batch_size > 1:
        told = f"يجمع الأحداث في طلب واحد. حجم الدفعة: {count(policy.batch_size, 'event')}."
        if wait:
            return f"{told} أقصى انتظار لاكتمالها: {span(wait)}."
        turn = "حين يحين دوره" if takes_turns else "فورًا"
        return f"{told} لا ينتظر اكتمالها، بل يُرسل ما تجمّع {turn}."
    if wait:
        return f"يُرسل كل حدث وحده. الانتظار قبل أول محاولة: {span(wait)}."
    return "يُرسل كل حدث وحده." if takes_turns else "يُرسل كل حدث وحده فور وقوعه."


def _order(policy: Driving) -> list[str]:
    if not policy.ordered:
        return []
    expires = policy.expires_after_seconds
    if policy.batch_size > 1:
        ended = "نفدت محاولات دفعة" + (" أو انتهت صلاحيتها" if expires else "")
        rule, goes_on = "لا تُرسل دفعة قبل تسليم ما سبقها", "إلى التي تليها"
    else:
        ended = "نفدت محاولات حدث" + (" أو انتهت صلاحيته" if expires else "")
        rule, goes_on = "لا يُرسل حدث قبل تسليم ما سبقه", "إلى الذي يليه"
    return [f"يلتزم ترتيب الوقوع: {rule}. إذا {ended} انتقل الإرسال {goes_on}."]


def _pace(policy: Driving) -> list[str]:
    told = []
    if policy.per_minute:
        most = count(policy.per_minute, "request")
        # What is late may become too old.
        late = "يتأخر" if policy.expires_after_seconds else "يتأخر ولا يضيع"
        told.append(f"الحد الأقصى في الدقيقة: {most}. ما زاد عليه {late}.")
    # Order leaves one at a time, and has said so.
    if not policy.ordered:
        at_once = count(policy.in_flight, "request")
        told.append(
            "يُرسل طلبًا واحدًا في كل مرة."
            if policy.in_flight == 1
            else f"الطلبات المتوازية على الأكثر: {at_once}."
        )
    return told


def _attempts(delays: Sequence[int]) -> str:
    between = sum(delays[1:])
    if len(delays) == 1:
        return "عدد المحاولات: محاولة واحدة، ولا إعادة بعدها."
    if not between:
        return f"عدد المحاولات: {len(delays)}، تتوالى دون انتظار بينها."
    size = next((size for size in (86400, 3600, 60) if between >= 2 * size), 1)
    rounded = span(round(between / size) * size)
    return f"عدد المحاولات: {len(delays)}، والمدة من أولها إلى آخرها: {rounded} تقريبًا."


def _expiry(policy: Driving) -> list[str]:
    expires, wait = policy.expires_after_seconds, _first_wait(policy)
    if not expires:
        return []
    if expires <= wait and policy.batch_size == 1:
        return [f"مدة الصلاحية: {span(expires)}، وهي تنتهي قبل أول محاولة، فلا يُرسل شيء. زدها."]
    if expires <= wait:
        return [f"مدة الصلاحية: {span(expires)}، ولا يُرسل إلا ما اكتملت دفعته خلالها. زدها."]
    is_cut = expires <= wait + sum(policy.retry_delays[1:])
    cut = " وإن بقيت له محاولات" if is_cut else ""
    return [f"ما لم يُسلَّم خلال هذه المدة لا يُرسل بعدها{cut}: {span(expires)}."]
