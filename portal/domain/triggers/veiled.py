"""Decisions and answers as somebody may see them from whom parts of payloads are hidden."""

from dataclasses import replace

from portal.domain.masking import Veil
from portal.domain.storable import storable
from portal.domain.triggers.answering import Answer
from portal.domain.triggers.running import Decision


def veiled_answer(answer: Answer, veil: Veil) -> Answer:
    """``answer`` as ``veil``, which has learned of the call, shows it."""
    if not veil:
        return answer
    body = veil.body(storable(answer.body)).encode()
    return replace(answer, headers=tuple(veil.headers(answer.headers)), body=body)


def veiled_decision(decision: Decision, veil: Veil) -> Decision:
    """``decision`` as ``veil``, which has learned of the call, shows it."""
    if not veil:
        return decision
    return replace(
        decision,
        # What other addresses said comes first: the rest may repeat it.
        explanation=tuple(veil.explained(one) for one in decision.explanation),
        answer=veiled_answer(decision.answer, veil),
        publish=tuple((kind, veil.body(data)) for kind, data in decision.publish),
    )
