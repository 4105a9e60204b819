"""How conditions are said: operators, results, how values were read, and what went wrong."""

OPERATORS = {
    "eq": "يساوي",
    "ne": "لا يساوي",
    "gt": "أكبر من",
    "gte": "أكبر من أو يساوي",
    "lt": "أصغر من",
    "lte": "أصغر من أو يساوي",
    "contains": "يحتوي على",
    "not_contains": "لا يحتوي على",
    "starts": "يبدأ بـ",
    "not_starts": "لا يبدأ بـ",
    "ends": "ينتهي بـ",
    "not_ends": "لا ينتهي بـ",
    "in": "ضمن القائمة",
    "not_in": "ليس ضمن القائمة",
    "between": "بين",
    "exists": "موجود",
    "missing": "غير موجود",
    "empty": "فارغ",
    "not_empty": "غير فارغ",
    "matches": "يطابق النمط",
    "before": "قبل",
    "after": "بعد",
}
RESULTS = {
    "met": "تحقّق",
    "not_met": "لم يتحقّق",
    "error": "تعذّر تقييمه",
    "not_reached": "لم نصل إليه",
}
READ_AS = {"number": "رقمًا", "boolean": "قيمة منطقية", "text": "نصًا", "date": "تاريخًا"}
# Why an operator could not be applied to what came.
FAULTS = {
    "not_comparable": "لا تُقارن هذه القيمة",
    "not_a_text": "ليست القيمة نصًا",
    "not_a_text_or_list": "ليست القيمة نصًا ولا قائمة",
    "not_a_moment": "ليست القيمة تاريخًا",
    "text_too_long": "النص أطول من أن يُفحص",
    "list_too_long": "القائمة أطول من أن تُفحص",
    "right_missing": "المتغيّر في الطرف الآخر غير موجود",
    "right_too_long": "قيمة الطرف الآخر أطول من أن تُقارن",
    "now_unknown": "لم يُعرف وقت الاستدعاء",
    "bad_moment": "قيمة الطرف الآخر ليست تاريخًا",
    "bad_pattern": "النمط غير صحيح",
    "pattern_too_long": "النمط أطول من المسموح",
    "not_a_list": "قيمة الطرف الآخر ليست قائمة",
    "not_a_pair": "قيمة الطرف الآخر ليست حدّين",
    "too_many": "قائمة الطرف الآخر أطول من المسموح",
}
