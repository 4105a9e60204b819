"""What may be saved as a mask."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from portal.domain.fields import Fields
from portal.domain.folding import fold
from portal.domain.masking.kinds import MaskKind
from portal.domain.masking.patterns import parse_pattern
from portal.domain.paths import MAX_LENGTH, BadPath, path_text
from portal.domain.problems import Problem, Refused
from portal.domain.states import Role

# Whoever sets masks sees everything.
MASKED_ROLES = (Role.SUPPORT, Role.STAFF)
MAX_MASKS = 100


@dataclass(frozen=True)
class MaskDraft:
    """A field that some roles do not see, as somebody wants it to be."""

    pattern: str = ""
    kind: MaskKind = MaskKind.WHOLE
    roles: tuple[Role, ...] = (Role.SUPPORT,)

    @property
    def key(self) -> str:
        """What is the same for two ways of writing one pattern."""
        told = fold(path_text(parse_pattern(self.pattern)))
        return sha256(told.encode()).hexdigest()[:32]


def read_mask(value: Any, base: MaskDraft) -> MaskDraft:
    """The mask that the parsed JSON ``value`` describes; what it leaves out stays as in ``base``.

    Raises :class:`Refused`.
    """
    fields = Fields(value)
    pattern = fields.text("pattern", base.pattern).strip()
    kind = fields.one_of("kind", base.kind, tuple(MaskKind))
    roles = fields.texts("roles", base.roles)
    problems = [*fields.problems, *_pattern_problems(pattern), *_role_problems(roles)]
    if problems:
        raise Refused(*problems)
    return MaskDraft(pattern, MaskKind(kind), tuple(one for one in MASKED_ROLES if one in roles))


def _pattern_problems(pattern: str) -> list[Problem]:
    if not pattern:
        return [Problem("/pattern", "required")]
    if len(pattern) > MAX_LENGTH:
        return [Problem("/pattern", "path_too_long")]
    try:
        parse_pattern(pattern)
    except BadPath as bad:
        # A pattern begins wherever a person likes, unlike the paths of rules.
        return [Problem("/pattern", "bad_mask" if bad.code == "path_malformed" else bad.code)]
    return []


def _role_problems(roles: Iterable[str]) -> list[Problem]:
    chosen = set(roles)
    if not chosen:
        return [Problem("/roles", "no_masked_role")]
    if chosen <= set(MASKED_ROLES):
        return []
    return [Problem("/roles", "unknown_choice", {"choices": "، ".join(MASKED_ROLES)})]


def usual_masks() -> tuple[MaskDraft, ...]:
    """The three that almost every account wants: a phone number, an e-mail address, a card."""
    return (
        MaskDraft("phone", MaskKind.PHONE),
        MaskDraft("email", MaskKind.EMAIL),
        MaskDraft("card", MaskKind.CARD),
    )
