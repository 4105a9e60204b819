"""The mail that brings somebody a link to a new password."""

from portal.domain.mail_page import MailText, page_of


def compose(link: str, minutes: int) -> MailText:
    """The mail with ``link``, which works for so many ``minutes``."""
    return page_of(
        "اختيار كلمة مرور جديدة",
        [
            "طُلب اختيار كلمة مرور جديدة لحسابك في خُطّاف. افتح الرابط واختر كلمة المرور.",
            f"يعمل الرابط مرة واحدة خلال {minutes} دقيقة.",
        ],
        (link, "اختيار كلمة المرور"),
        "إن لم تطلب ذلك فتجاهل هذه الرسالة: تبقى كلمة مرورك كما هي.",
    )
