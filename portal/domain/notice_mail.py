"""The mail of a notice."""

from collections.abc import Sequence

from portal.domain.mail_page import MailText, page_of
from portal.domain.notices import Telling


def compose(telling: Telling, hooks: Sequence[str], account: str, link: str) -> MailText:
    """The mail of a notice that concerns ``hooks`` (names, isolated) of an ``account`` (as well),
    with a ``link`` to where it stands."""
    affected = f"الخطافات المعنية: {'، '.join(hooks)}." if hooks else ""
    return page_of(
        telling.title,
        [line for line in (telling.meaning, telling.next_step, affected) if line],
        (link, "عرض التنبيه في خُطّاف"),
        f"وصلك هذا التنبيه لأنك من مديري الحساب «{account}» في خُطّاف.",
    )
