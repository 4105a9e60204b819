"""What a policy will do, in plain Arabic."""

from datetime import timedelta
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
    retry_delays: list[int]
    expires_after_seconds: int | None


def sentences(policy: Driving) -> list[str]:
    """The sentences that tell staff what ``policy`` does, the most important first."""
    told = [_grouping(policy)]
    if policy.ordered:
        told.append("يلتزم ترتيب الوقوع: لا يُرسل حدث قبل تسليم ما سبقه.")
    if policy.per_minute:
        told.append(
            f"الحد الأقصى في الدقيقة: {count(policy.per_minute, 'request')}."
            " ما زاد عليه يتأخر ولا يضيع."
        )
    told.append(f"مهلة الاستجابة: {span(policy.timeout_seconds)}.")
    told.append(_attempts(policy.retry_delays))
    if policy.expires_after_seconds:
        told.append(
            f"ما لم يُسلَّم خلال هذه المدة لا يُرسل بعدها: {span(policy.expires_after_seconds)}."
        )
    return told


def span(seconds: int) -> str:
    """A length of time in its largest whole unit: "5 دقائق"."""
    for key, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return count(seconds // size, key)
    return count(seconds, "second") if seconds else "0 ثانية"


def _grouping(policy: Driving) -> str:
    if policy.batch_size == 1:
        return "يُرسل كل حدث وحده فور وقوعه."
    return (
        f"يجمع الأحداث في طلب واحد. حجم الدفعة: {count(policy.batch_size, 'event')}."
        f" أقصى انتظار لاكتمالها: {span(policy.batch_wait_seconds)}."
    )


def _attempts(delays: list[int]) -> str:
    if len(delays) == 1:
        return "عدد المحاولات: محاولة واحدة، ولا إعادة بعدها."
    total = timedelta(seconds=sum(delays))
    rounded = round(total.total_seconds())
    for size in (86400, 3600, 60):
        if rounded >= 2 * size:
            rounded = rounded // size * size
            break
    return f"عدد المحاولات: {len(delays)}، والمدة من أولها إلى آخرها: {span(rounded)} تقريبًا."
