"""An API key's form."""

from datetime import datetime, timedelta

from wtforms import SelectMultipleField, StringField

from portal.domain.fields import Fields
from portal.domain.problems import Problem, Refused
from portal.domain.scopes import MOST_PER_MINUTE, KeyDraft, Scope
from portal.domain.states import Role
from portal.web.forms import Form
from portal.web.forms.numbers import whole

ROLES = [str(role) for role in Role]
# What most keys are for, and one's own choice.
ACCESS = {"all": None, "publish": (Scope.PUBLISH,), "read": (Scope.READ,), "chosen": ()}
LIVES = ("never", "30", "90", "365", "keep")


class ApiKeyForm(Form):
    """What people call the key, what it may be used for, how long and how often.

    Where only a name is sent, it is a key for everything, for ever.
    """

    name = StringField()
    access = StringField(default="all")
    scopes = SelectMultipleField(choices=[str(scope) for scope in Scope], validate_choice=False)
    role = StringField(default=Role.ADMIN.value)
    life = StringField(default="never")
    per_minute = StringField()

    @classmethod
    def of(cls, draft: KeyDraft) -> "ApiKeyForm":
        """The form as it is shown for ``draft``."""
        access = next((name for name, scopes in ACCESS.items() if scopes == draft.scopes), "chosen")
        return cls(
            name=draft.name,
            access=access,
            scopes=[str(scope) for scope in draft.scopes or ()],
            role=draft.role.value,
            life="keep",
            per_minute=str(draft.per_minute or ""),
        )

    def wanted(self, moment: datetime, known: KeyDraft | None = None) -> KeyDraft:
        """What was filled in, at ``moment``, for a key that was ``known`` so; raises
        :class:`Refused`."""
        fields = Fields({"role": self.role.data or "", "per_minute": whole(self.per_minute.data)})
        role = fields.one_of("role", Role.ADMIN.value, ROLES)
        per_minute = fields.optional_integer("per_minute", None, 1, MOST_PER_MINUTE)
        fields.done()
        expires_at = self._end(moment, known)
        return KeyDraft(self.name.data or "", Role(role), self._scopes(), expires_at, per_minute)

    def _scopes(self) -> tuple[Scope, ...] | None:
        access = self.access.data or "all"
        if access != "chosen":
            return ACCESS.get(access, ())
        return tuple(scope for scope in Scope if scope in (self.scopes.data or ()))

    def _end(self, moment: datetime, known: KeyDraft | None) -> datetime | None:
        life = self.life.data or "never"
        if life not in LIVES:
            raise Refused(Problem("/life", "unknown_choice", {"choices": "، ".join(LIVES[:-1])}))
        if life == "keep":
            return known.expires_at if known else None
        return None if life == "never" else moment + timedelta(days=int(life))
