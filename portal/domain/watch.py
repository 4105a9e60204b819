"""The watch over endpoints: what a look at one means beside the looks before it, and what of that
people are told. Each thing is told once: a certificate's end at every mark on the way there, a
trouble when it begins."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from portal.domain.addresses import Guard, RefusedUrlError, parse_target
from portal.domain.certificates import Certificate
from portal.domain.envelope import moment_text

# An endpoint is looked at every day, and sooner while something is wrong with it.
EVERY, AGAIN = timedelta(days=1), timedelta(hours=1)
# In days before a certificate ends; 0 is when it has ended.
MARKS = (0, 7, 14, 30)
# Slow is so many times the median of the looks before it, and past so many milliseconds.
SLOW_TIMES, SLOW_MS = 3, 1000
FEWEST_LOOKS, KEPT_LOOKS = 5, 14
# Behind one name may stand a few servers whose certificates end at different times.
_KEPT_ENDS = 5

CERTIFICATE_ENDS, CERTIFICATE_REFUSED, DNS, SLOW = "certificate_ends", "certificate", "dns", "slow"
_DISTRUSTED = frozenset({"tls_expired", "tls_hostname_mismatch", "tls_untrusted"})


class Sight(NamedTuple):
    """What was seen of an endpoint; ``error`` is a code of the delivery log or None."""

    error: str | None = None
    connect_ms: int | None = None
    certificate: Certificate | None = None


class Memory(NamedTuple):
    """What is kept from one look to the next.

    ``marks`` are the last mark that was told of each end of a certificate (RFC 3339), ``troubles``
    those that were told and last, ``times`` the milliseconds of the looks before.
    """

    marks: Mapping[str, int] = {}
    troubles: tuple[str, ...] = ()
    times: tuple[int, ...] = ()


class Alarm(NamedTuple):
    """Something to tell people ``about``; ``facts`` are JSON values."""

    about: str
    facts: Mapping[str, Any]


def origin_of(url: str, own_base_url: str) -> str | None:
    """The endpoint that ``url`` belongs to, "https://host:port"; None where there is none to be
    watched: the portal at ``own_base_url`` does not watch its own sandboxes."""
    if Guard((), None, own_base_url).is_own_sandbox(url):
        return None
    try:
        target = parse_target(url)
    except RefusedUrlError:
        return None
    return f"{target.scheme}://{target.host}:{target.port}"


def host_of(origin: str) -> str:
    """The host of an endpoint as people write it: with its port where that is not the usual."""
    scheme, _, host = origin.partition("://")
    return host.removesuffix(":443" if scheme == "https" else ":80")


def mark_of(expires_at: datetime, now: datetime) -> int | None:
    """The last mark that is passed on the way to ``expires_at``; None while it is far away."""
    left = expires_at - now
    return next((days for days in MARKS if left <= timedelta(days=days)), None)


def usual_ms(times: tuple[int, ...]) -> int | None:
    """What is usual after so many looks; None while there are too few of them."""
    return round(median(times)) if len(times) >= FEWEST_LOOKS else None


def is_slow(connect_ms: int, times: tuple[int, ...]) -> bool:
    """Whether connecting took far longer than in the looks before."""
    usual = usual_ms(times)
    return usual is not None and connect_ms > SLOW_MS and connect_ms > SLOW_TIMES * usual


def judge(memory: Memory, sight: Sight, now: datetime) -> tuple[Memory, list[Alarm]]:
    """What is to be remembered of ``sight``, and what is to be told."""
    marks, ends = _ends(memory.marks, sight.certificate, now)
    lasting = _troubles(memory, sight, now)
    begun = [alarm for about, alarm in lasting.items() if alarm and about not in memory.troubles]
    times = memory.times if sight.connect_ms is None else (*memory.times, sight.connect_ms)
    return Memory(marks, tuple(lasting), times[-KEPT_LOOKS:]), [*ends, *begun]


def _ends(
    marks: Mapping[str, int], certificate: Certificate | None, now: datetime
) -> tuple[Mapping[str, int], list[Alarm]]:
    if certificate is None:
        return marks, []
    end = moment_text(certificate.expires_at)
    mark = mark_of(certificate.expires_at, now)
    if mark is None or mark >= marks.get(end, MARKS[-1] + 1):
        return marks, []
    kept = dict(sorted({**marks, end: mark}.items())[-_KEPT_ENDS:])
    facts = {"expires_at": end, "mark": mark, "issuer": certificate.issuer}
    return kept, [Alarm(CERTIFICATE_ENDS, facts)]


def _troubles(memory: Memory, sight: Sight, now: datetime) -> dict[str, Alarm | None]:
    """The troubles there are, with what to tell of each when it has just begun.

    One that could not be looked into lasts as it did.
    """
    lasting: dict[str, Alarm | None] = {}
    if sight.error == "dns_failure":
        lasting[DNS] = Alarm(DNS, {"error": sight.error})
    if sight.error in _DISTRUSTED and not _has_ended(sight.certificate, now):
        names = list(sight.certificate.names) if sight.certificate else []
        facts = {"error": sight.error, "names": names}
        lasting[CERTIFICATE_REFUSED] = Alarm(CERTIFICATE_REFUSED, facts)
    if sight.connect_ms is None:
        lasting |= {SLOW: None} if SLOW in memory.troubles else {}
    elif is_slow(sight.connect_ms, memory.times):
        facts = {"connect_ms": sight.connect_ms, "usual_ms": usual_ms(memory.times)}
        lasting[SLOW] = Alarm(SLOW, facts)
    return lasting


def _has_ended(certificate: Certificate | None, now: datetime) -> bool:
    return certificate is not None and certificate.expires_at <= now
