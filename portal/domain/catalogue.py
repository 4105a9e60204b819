"""What the portal ships: six policies and the types of the platform's events.

The policies' names are the first seed's and the design's; the delays are those of the Standard
Webhooks specification. Each event type has an Arabic label, a group and an example.
"""

import json
from dataclasses import dataclass
from typing import Any

from portal.domain.retries import DEFAULT_DELAYS


@dataclass(frozen=True)
class PolicyCard:
    """A shipped policy. Times are in seconds; null means without a limit."""

    slug: str
    name: str
    description: str
    batch_size: int = 1
    batch_wait_seconds: int = 0
    ordered: bool = False
    per_minute: int | None = None
    in_flight: int = 8
    timeout_seconds: int = 15
    retry_delays: tuple[int, ...] = DEFAULT_DELAYS
    expires_after_seconds: int | None = None


POLICIES = (
    PolicyCard("simple", "بسيط", "يُرسل كل حدث وحده فور وقوعه. يناسب معظم الأنظمة."),
    PolicyCard(
        "small_batch",
        "دفعة صغيرة",
        "يجمع حتى 10 أحداث أو ما وقع خلال 5 ثوانٍ في طلب واحد.",
        batch_size=10,
        batch_wait_seconds=5,
    ),
    PolicyCard(
        "medium_batch",
        "دفعة متوسطة",
        "يجمع حتى 100 حدث أو ما وقع خلال 30 ثانية في طلب واحد.",
        batch_size=100,
        batch_wait_seconds=30,
    ),
    PolicyCard(
        "large_batch",
        "دفعة كبيرة",
        "يجمع حتى 1000 حدث أو ما وقع خلال 5 دقائق في طلب واحد. يناسب الحملات الكبيرة.",
        batch_size=1000,
        batch_wait_seconds=300,
    ),
    PolicyCard(
        "ordered",
        "بالترتيب",
        "يُرسل الأحداث واحدًا بعد واحد بترتيب وقوعها، ولا يتجاوز حدثًا قبل تسليمه أو نفاد محاولاته.",
        ordered=True,
        in_flight=1,
    ),
    PolicyCard(
        "gentle",
        "هادئ",
        "يُرسل 60 طلبًا في الدقيقة على الأكثر. يناسب الأنظمة التي تحدّ من عدد الطلبات.",
        per_minute=60,
        in_flight=1,
    ),
)


@dataclass(frozen=True)
class EventTypeCard:
    """A shipped event type; ``example`` is the ``data`` of an example event."""

    key: str
    label: str
    group: str
    description: str
    example: dict[str, Any]

    @property
    def example_text(self) -> str:
        """The example as the text that is stored."""
        return json.dumps(self.example, ensure_ascii=False, indent=2)


MESSAGES, CONVERSATIONS, CONTACTS = "الرسائل", "المحادثات", "جهات الاتصال"
CAMPAIGNS, STORE, PORTAL = "الحملات والقوالب", "المتجر", "خطافات الويب"

_CONTACT = {"id": "con_1042", "name": "نورة العتيبي", "phone": "+966501234567"}

EVENT_TYPES = (
    EventTypeCard(
        "message.received",
        "رسالة واردة",
        MESSAGES,
        "وصلت رسالة من جهة اتصال.",
        {
            "id": "msg_88121",
            "conversation_id": "cnv_3307",
            "channel": "whatsapp",
            "contact": _CONTACT,
            "text": "مرحبًا، هل المنتج متوفر؟",
        },
    ),
    EventTypeCard(
        "message.sent",
        "رسالة صادرة",
        MESSAGES,
        "أُرسلت رسالة إلى جهة اتصال.",
        {
            "id": "msg_88122",
            "conversation_id": "cnv_3307",
            "channel": "whatsapp",
            "contact": _CONTACT,
            "text": "نعم، متوفر ويصلك خلال يومين.",
            "sent_by": "sara@example.com",
        },
    ),
    EventTypeCard(
        "message.status",
        "تغيّر حالة رسالة",
        MESSAGES,
        "تغيّرت حالة رسالة صادرة: أُرسلت أو وصلت أو قُرئت أو فشلت.",
        {"id": "msg_88122", "status": "read", "previous_status": "delivered"},
    ),
    EventTypeCard(
        "conversation.opened",
        "المحادثة مفتوحة",
        CONVERSATIONS,
        "بدأت محادثة جديدة أو أُعيد فتح محادثة.",
        {"id": "cnv_3307", "channel": "whatsapp", "contact": _CONTACT},
    ),
    EventTypeCard(
        "conversation.closed",
        "المحادثة مغلقة",
        CONVERSATIONS,
        "أُغلقت محادثة.",
        {"id": "cnv_3307", "closed_by": "sara@example.com", "duration_seconds": 1260},
    ),
    EventTypeCard(
        "conversation.assigned",
        "أُسندت المحادثة",
        CONVERSATIONS,
        "أُسندت محادثة إلى موظف أو فريق.",
        {"id": "cnv_3307", "assigned_to": "sara@example.com", "team": "المبيعات"},
    ),
    EventTypeCard(
        "contact.created",
        "تم إنشاء جهة اتصال",
        CONTACTS,
        "أُضيفت جهة اتصال جديدة.",
        {**_CONTACT, "tags": ["عميل جديد"], "source": "whatsapp"},
    ),
    EventTypeCard(
        "contact.updated",
        "تم تحديث جهة اتصال",
        CONTACTS,
        "تغيّرت بيانات جهة اتصال.",
        {**_CONTACT, "changed": ["name"], "previous": {"name": "نورة"}},
    ),
    EventTypeCard(
        "broadcast.finished",
        "انتهى البث",
        CAMPAIGNS,
        "اكتمل إرسال بث إلى جميع جهات الاتصال المحددة.",
        {
            "id": "brd_512",
            "name": "عروض نهاية الأسبوع",
            "recipients": 2400,
            "delivered": 2311,
            "failed": 89,
        },
    ),
    EventTypeCard(
        "template.status",
        "تغيّرت حالة قالب",
        CAMPAIGNS,
        "قُبل قالب رسالة أو رُفض بعد المراجعة.",
        {"id": "tpl_77", "name": "order_confirmation", "language": "ar", "status": "approved"},
    ),
    EventTypeCard(
        "cart.abandoned",
        "سلة متروكة",
        STORE,
        "ترك عميل سلة مشتريات دون إكمال الطلب.",
        {
            "id": "crt_9001",
            "contact": _CONTACT,
            "total": {"amount": 249.5, "currency": "SAR"},
            "items": [{"sku": "TSH-12", "name": "قميص قطني", "quantity": 2}],
        },
    ),
    EventTypeCard(
        "order.status",
        "تغيّرت حالة طلب",
        STORE,
        "انتقل طلب من حالة إلى أخرى.",
        {"id": "ord_5501", "status": "shipped", "previous_status": "paid", "contact": _CONTACT},
    ),
    EventTypeCard(
        "hook.disabled",
        "أُوقف خطاف ويب تلقائيًا",
        PORTAL,
        "أوقفت المنصة خطافًا لأن نقطة النهاية لم تعد تقبل الطلبات.",
        {"id": "hok_1", "name": "إشعارات المتجر", "reason": "gone"},
    ),
    EventTypeCard(
        "hook.warning",
        "خطاف ويب يحتاج انتباهًا",
        PORTAL,
        "تكرر فشل التسليم إلى خطاف، وسيُوقف إذا استمر ذلك.",
        {"id": "hok_1", "name": "إشعارات المتجر", "failing_since": "2026-11-22T14:05:09Z"},
    ),
    EventTypeCard(
        "endpoint.warning",
        "نقطة نهاية تحتاج انتباهًا",
        PORTAL,
        "اقترب انتهاء شهادة الأمان في نقطة نهاية أو انتهت، أو تعذّر العثور على عنوانها، أو تباطأت.",
        {
            "about": "certificate_ends",
            "endpoint": "https://api.nour.example:443",
            "host": "api.nour.example",
            "hooks": [{"id": "hok_1", "name": "إشعارات المتجر"}],
            "expires_at": "2026-11-29T14:05:09.000Z",
            "mark": 7,
            "issuer": "Let's Encrypt",
        },
    ),
)
