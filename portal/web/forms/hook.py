"""A hook's form."""

from wtforms import BooleanField, Field, StringField, TextAreaField

from portal.domain.hooks import HookDraft, headers_text, read_headers
from portal.web.forms.reason import ReasonForm


class KeysField(Field):
    """Any number of values under one name, as checkboxes send them."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was ticked; nothing ticked is an empty list."""
        self.data = valuelist


class HookForm(ReasonForm):
    """The fields of a hook, under the API's names."""

    name = StringField()
    description = TextAreaField()
    event_types = KeysField()
    policy = StringField(default="simple")
    url = StringField()
    secret = StringField()
    signature = StringField()
    headers = TextAreaField()
    enabled = BooleanField(default=True, false_values=("", "0", "false", "off"))

    def draft(self, base: HookDraft) -> HookDraft:
        """The hook that was asked for; what the form does not hold stays as in ``base``."""
        headers, faults = read_headers(self.headers.data or "")
        return HookDraft(
            name=self.name.data or "",
            url=(self.url.data or "").strip(),
            event_types=tuple(self.event_types.data or ()),
            description=(self.description.data or "").replace("\r\n", "\n"),
            policy=self.policy.data or base.policy,
            headers=headers,
            header_faults=faults,
            secret=self.secret.data or None,
            signature=self.signature.data or base.signature,
            enabled=bool(self.enabled.data),
            filter=base.filter,
        )

    @classmethod
    def of(cls, draft: HookDraft) -> "HookForm":
        """The form as it is shown for ``draft``."""
        return cls(
            name=draft.name,
            description=draft.description,
            event_types=list(draft.event_types),
            policy=draft.policy,
            url=draft.url,
            signature=draft.signature,
            headers=headers_text(draft.headers),
            enabled=draft.enabled,
        )
