"""What is said about input that was refused: a sentence in Arabic for every stable code.

The codes are those of the domain's :class:`Problem`, ``Conflict`` and ``JsonRefused``; each
sentence says what would be right.
"""

from collections.abc import Mapping

FIELDS = {
    "required": "هذا الحقل مطلوب.",
    "not_a_text": "أدخل نصًا.",
    "not_an_object": "أدخل كائن JSON، مثل: {{}}",
    "not_a_list": "أدخل قائمة JSON، مثل: []",
    "not_texts": 'أدخل قائمة نصوص، مثل: ["message.received"]',
    "not_a_text_map": 'أدخل كائن JSON قيمه نصوص، مثل: {{"X-Source": "khuttaf"}}',
    "not_a_flag": "القيمة المقبولة هي true أو false.",
    "bad_number": "أدخل رقمًا صحيحًا من {min} إلى {max}.",
    "bad_numbers": "أدخل قائمة أرقام صحيحة من {min} إلى {max}، لا يزيد عددها عن {most}.",
    "unknown_choice": "اختر إحدى هذه القيم: {choices}.",
    "unknown_member": "هذا الاسم غير معروف. استخدم أحد هذه الأسماء: {choices}.",
    "filter_or_deliveries": "حدّد العمليات إما بالتصفية filter أو بالقائمة deliveries، لا بهما معًا.",
    "bad_selection": "اختر من عملية واحدة إلى {max} عملية.",
    "cannot_change": "لا يمكن تغيير هذه القيمة بعد الإنشاء. احذفها من الطلب.",
    "bad_replies": "اكتب كائن JSON، لكل ردّ فيه اسمه، مثل:"
    ' {{"check": {{"status": 200, "body": {{}}}}}}',
    "bad_length": "عدد الأحرف خارج المسموح: من {min} إلى {max}.",
    "bad_character": "في النص رمز غير مسموح به. احذفه أو أعد كتابة النص.",
    "bad_moment": "أدخل وقتًا بصيغة RFC 3339، مثل: 2026-11-22T14:05:09Z",
    "bad_event_type": "مفتاح نوع الحدث أحرف إنجليزية صغيرة وأرقام ونقاط، مثل: message.received",
    "unknown_event_type": "نوع الحدث {key} غير موجود. اختر من القائمة.",
    "no_event_type": "اختر حدثًا واحدًا على الأقل.",
    "unknown_policy": "هذه السياسة غير موجودة. اختر من القائمة.",
    "unknown_signature": "طريقة التوقيع المقبولة هي hmac أو ed25519.",
    "invalid_url": "أدخل رابطًا كاملًا يبدأ بـ https://، مثل: https://example.com/hooks",
    "blocked_scheme_or_port": "يُقبل الرابط الذي يبدأ بـ https:// أو http:// وعلى المنافذ المسموح"
    " بها فقط. عدّل بدايته أو منفذه.",
    "blocked_private_address": "لا يمكن استخدام عنوان داخلي أو خاص. أدخل رابطًا متاحًا على الإنترنت.",
    "name_taken": "يوجد سجل آخر بهذا الاسم. اختر اسمًا مختلفًا.",
    "name_twice": "هذا الاسم مكرّر في الملف. اختر لكل خطاف اسمًا مختلفًا.",
    "no_file": "اختر ملفًا أو الصق نصه.",
    "no_hooks_in_file": "لا خطافات في هذا النص. المتوقع كائن فيه القائمة hooks.",
    "key_taken": "يوجد نوع حدث بهذا المفتاح. اختر مفتاحًا مختلفًا.",
    "bad_schema": "وصف البيانات ليس JSON Schema صحيحًا. راجع ما في المسار {path}",
    "schema_elsewhere": "يشير وصف البيانات إلى {ref}، ولا نعثر عليه فيه. اكتب ما يحتاج إليه هنا.",
    "schema_in_circles": "يشير وصف البيانات إلى نفسه في حلقة، أو يتشعّب أكثر من المسموح. بسّطه.",
    "off_schema": "لا يطابق المثال وصف البيانات: راجع المسار {path} والقاعدة {rule}",
    "bad_slug": "المعرّف أحرف إنجليزية صغيرة وأرقام وشرطات، مثل: night_batch",
    "slug_taken": "يوجد سجل آخر بهذا المعرّف. اختر معرّفًا مختلفًا.",
    "weak_secret": "يجب ألا يقل رمز الأمان عن {min} أحرف. اتركه فارغًا لنولّد رمزًا قويًا.",
    "bad_secret": "ما بعد whsec_ ليس base64 صحيحًا. اتركه فارغًا لنولّد رمزًا قويًا.",
    "same_secret": "هذا هو رمز يوقّع به الخطاف الآن. أدخل رمزًا آخر، أو اترك الحقل فارغًا لنولّده.",
    "too_many_secrets": "لا يوقّع الخطاف بأكثر من {max} رموز معًا. أنهِ رمزًا سابقًا أولًا.",
    "secret_is_made": "تولّد المنصة رمز الأمان لهذه الطريقة من التوقيع. اترك الحقل فارغًا.",
    "bad_header_line": "اكتب كل رأس في سطر مستقل بهذه الصيغة: Name: value",
    "bad_header_name": "اسم الرأس {name} غير مقبول."
    " الأحرف المقبولة: الإنجليزية والأرقام والشرطة (-).",
    "bad_header_value": "قيمة الرأس {name} تقبل الأحرف الإنجليزية والأرقام والرموز الظاهرة فقط.",
    "reserved_header": "لا يمكن تعديل الرأس {name} لأن المنصة تضيفه تلقائيًا.",
    "header_twice": "أحد الرؤوس مكرّر. اكتب كل رأس مرة واحدة.",
    "too_many_headers": "عدد الرؤوس أكثر من المسموح. الحد الأقصى: {max}.",
    "forbidden_header": "لا يمكن إرسال الرأس {name} في الاستجابة لأن المنصة تتولاه. احذفه.",
    "unsafe_content_type": "نوع المحتوى غير مقبول. اكتب application/json أو text/plain.",
    "body_not_allowed": "الاستجابة بالرمز {status} لا تحمل نصًا. أفرغ نص الاستجابة أو غيّر الرمز.",
    "too_long": "النص أطول من المسموح. الحد الأقصى: {max} حرف.",
    "too_many": "العدد أكبر من المسموح. الحد الأقصى: {max}.",
    "bad_path": 'المسار غير صحيح. اكتبه مثل: order.id أو items[].id أو ["a.b"]',
    "variable_twice": "هذا المتغيّر مكرّر: {name}. احذف أحد الصفين أو غيّر مساره.",
    "bad_dedupe": "حدّد ما يميّز التكرار: اسم رأس مثل X-Request-Id، أو مسارًا مثل order.id",
    "bad_address": "أحد العناوين غير صحيح. اكتب في كل سطر عنوانًا أو شبكة، مثل: 203.0.113.0/24",
    "colon_in_username": "لا يُقبل الرمز (:) في اسم المستخدم. احذفه.",
    "unknown_part": "ابدأ المسار بأحد هذه الأسماء: headers أو query أو body أو call أو calls.",
    "placeholder_not_closed": "في النص قوسان {{{{ لم يُغلقا. أغلقهما هكذا: {{{{ body.id }}}}",
    "path_empty": "المسار فارغ. اكتب مسارًا مثل: body.order.id",
    "path_malformed": "المسار غير صحيح. اكتبه مثل: body.order.id أو body.items[].id",
    "path_too_long": "المسار أطول من المسموح. اختر مسارًا أقصر.",
    "path_too_deep": "المسار أعمق من المسموح. اختر مسارًا أقصر.",
    "not_a_group": "أدخل مجموعة شروط باسم all أو any، لا كليهما.",
    "not_a_pair": "أدخل حدّين في قائمة، مثل: [1, 10]",
    "not_comparable": "هذه القيمة لا تقارن بالأكبر والأصغر. أدخل رقمًا أو نصًا.",
    "bad_pattern": "النمط (Regex) غير صحيح. راجع أقواسه ورموزه.",
    "pattern_too_long": "النمط أطول من المسموح. الحد الأقصى: {max} حرف.",
    "bad_call_name": "اسم الطلب أحرف إنجليزية وأرقام و(_)، ويبدأ بحرف، مثل: check",
    "unknown_placeholder": "الرمز {name} غير معروف هنا. المتاح: body وtimestamp وid وurl.",
    "body_not_signed": "يجب أن يشمل التوقيع نص الطلب. أضف كلمة body بين قوسين معقوفين.",
    "not_signed": "هذا الرأس لا يدخل في التوقيع، فلا يثبت شيئًا. أضف {{{name}}} إلى ما يُوقَّع"
    " أو أفرغ الحقل.",
    "secret_empty": "رمز الأمان فارغ. انسخه كاملًا من النظام الخارجي.",
    "secret_not_base64": "رمز الأمان ليس base64 صحيحًا. انسخه كاملًا من النظام الخارجي.",
    "secret_too_short": "رمز الأمان أقصر من المسموح في هذه الطريقة. استخدم 32 حرفًا على الأقل.",
    "query_too_long": "معاملات الاستعلام أطول من المسموح. الصق جزءًا منها.",
    "too_many_parameters": "معاملات الاستعلام أكثر من المسموح. الصق جزءًا منها.",
    "query_malformed": "تعذّرت قراءة معاملات الاستعلام. الصق الرابط كاملًا أو ما بعد (?).",
    "no_parameters": "لا معاملات في هذا الرابط. الصق رابطًا فيه مثل: ?query=1",
    "nothing_to_read": "النموذج لا يحتوي على مفاتيح. الصق كائن JSON أو قائمة كائنات.",
    "no_call_yet": "لم يصل استدعاء مقبول بعد. استدعِ الرابط أولًا أو الصق نموذجًا.",
    "too_many_paths": "في النموذج مسارات أكثر مما يتسع له الجدول. لم نُضف منها: {left}.",
    "bad_email": "أدخل بريدًا إلكترونيًا صحيحًا، مثل: name@example.com",
    "email_taken": "هذا البريد الإلكتروني مستخدم. أدخل بريدًا آخر.",
    "weak_password": "اختر كلمة مرور لا يقل عدد أحرفها عن {min}.",
    # What the strict JSON parser refuses.
    "malformed": "تعذّرت قراءة JSON: خطأ في السطر {line}، العمود {column}.",
    "not_utf8": "النص ليس بترميز UTF-8. أعد حفظه بهذا الترميز ثم أرسله.",
    "duplicate_key": "في JSON مفتاح مكرّر في الكائن نفسه. احذف أحدهما.",
    "too_deep": "تداخل JSON أعمق من المسموح. بسّط البيانات.",
    "not_finite": "لا تقبل صيغة JSON القيم NaN وInfinity. أرسل رقمًا أو null.",
    "number_too_large": "في JSON رقم أكبر من المسموح. أرسله نصًا.",
    # What contradicts how things stand.
    "wrong_credentials": "البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما ثم أعد المحاولة.",
    "throttled": "تكررت محاولات الدخول غير الصحيحة. انتظر {minutes} دقيقة ثم أعد المحاولة.",
    "hook_deleted": "لا يمكن إعادة إرسال هذه العملية لأن خطافها محذوف. أنشئ خطافًا جديدًا.",
    "hook_off": "الخطاف موقوف، فلم نرسل إليه شيئًا. فعّله ثم أعد المحاولة.",
    "not_sent_yet": "لم تبدأ أي محاولة في الوقت المتوقع. تابع الحدث في سجل التسليم.",
    "being_sent": "هذه العملية قيد الإرسال الآن. انتظر نتيجتها ثم أعد المحاولة.",
    "trigger_deleted": "لا يمكن إعادة تنفيذ هذا الاستدعاء لأن مشغّله محذوف.",
    "call_was_refused": "رُفض هذا الاستدعاء عند وصوله، فلا شيء يُعاد تنفيذه. اختر استدعاءً مقبولًا.",
    "call_has_no_json": "لم يُحفظ من هذا الاستدعاء نص JSON يُقرأ. اختر استدعاءً آخر.",
    "nothing_to_run": "ليس هنا ما يُنفَّذ من جديد: اختر استدعاءً مقبولًا لم يكن للتحقق من الرابط فقط.",
    "resend_not_moving": "إعادة الإرسال ليست جارية الآن، فلا حاجة إلى إيقافها. حدّث الصفحة.",
    "resend_not_resting": "لا يمكن استئناف إعادة الإرسال الآن. حدّث الصفحة وراجع حالتها.",
    "resend_over": "انتهت إعادة الإرسال هذه. ابدأ غيرها من سجل التسليم عند الحاجة.",
    "builtin": "هذا السجل من أساس المنصة ولا يمكن تغييره. أنشئ سجلًا خاصًا بك.",
    "in_use": "لا يمكن الحذف لأن خطافًا واحدًا على الأقل يستخدم هذا السجل. غيّر اختياره أولًا.",
    "not_found": "لم نعثر على هذا السجل. ربما حُذف أو انتهت مدة الاحتفاظ به.",
    "cut_short": "وصل نص الطلب ناقصًا. أرسله كاملًا من جديد.",
    "too_busy": "تصل إلى المنصة طلبات كثيرة بطيئة الآن. أعد إرسال الطلب بعد لحظات.",
    "too_large": "حجم الطلب أكبر من المسموح. قسّمه إلى طلبات أصغر.",
    "too_many_events": "عدد الأحداث في الدفعة أكبر من المسموح. أرسل 1000 حدث على الأكثر.",
    "unsupported_media_type": "صيغة المحتوى غير مقبولة. أرسل الرأس Content-Type"
    " بقيمة application/json.",
    "account_exists": "يوجد حساب بهذا الاسم. اختر اسمًا مختلفًا.",
    "invitation_spent": "رابط الإعداد مستخدم أو منتهي الصلاحية. اطلب من مدير النظام رابطًا جديدًا.",
}

_REFUSED = "هذه القيمة غير مقبولة. راجعها ثم أعد المحاولة."


class _Facts(dict[str, object]):
    """Facts of which a missing one reads as an ellipsis, so that a sentence never fails."""

    def __missing__(self, name: str) -> str:
        return "…"


def message(code: str, facts: Mapping[str, object] | None = None) -> str:
    """What stands beside a field refused for ``code``, with ``facts`` filled in.

    A code that is not listed gets a sentence that is true of any.
    """
    facts = facts or {}
    # Where nothing is too short, only the end of what is allowed is worth saying.
    code = "too_long" if code == "bad_length" and not facts.get("min") else code
    return FIELDS.get(code, _REFUSED).format_map(_Facts(facts))
