"""How a trigger tells its callers, as a form asks for it. Secrets are never shown again: an empty
field keeps what is saved."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, StringField

from portal.domain.signatures.presets import PRESETS
from portal.domain.signatures.scheme import TOLERANCE_SECONDS
from portal.domain.triggers.draft import TriggerDraft
from portal.web.forms import Form
from portal.web.forms.numbers import whole

# What stands in the list of senders for a scheme that staff describe themselves.
CUSTOM = "custom"
SCHEME = {
    "algorithm": "sha256",
    "encoding": "hex",
    "header": "",
    "prefix": "",
    "signed": "{body}",
    "timestamp_header": "",
    "id_header": "",
    "tolerance_seconds": str(TOLERANCE_SECONDS),
    "key": "raw",
}


class AuthFields(Form):
    """The part of a trigger's form that says how callers prove who they are."""

    auth = StringField(default="none")
    username = StringField()
    password = StringField()
    preset = StringField(default=next(iter(PRESETS)))
    secret = StringField()
    previous_secret = StringField()
    keep_secret = BooleanField()
    forget_previous = BooleanField()
    header = StringField()
    verify_token = StringField()
    custom_algorithm = StringField(default=SCHEME["algorithm"])
    custom_encoding = StringField(default=SCHEME["encoding"])
    custom_header = StringField()
    custom_prefix = StringField()
    custom_signed = StringField(default=SCHEME["signed"])
    custom_timestamp_header = StringField()
    custom_id_header = StringField()
    custom_tolerance_seconds = StringField(default=SCHEME["tolerance_seconds"])
    custom_key = StringField(default=SCHEME["key"])

    def auth_values(self, base: TriggerDraft) -> dict[str, Any]:
        """The authentication that was asked for, as the API would take it."""
        if self.auth.data == "basic":
            return {
                "kind": "basic",
                "username": self.username.data or "",
                **self._typed("password"),
            }
        if self.auth.data != "signature":
            return {"kind": self.auth.data or ""}
        return {"kind": "signature", **self._sender(base), **self._secrets(base)}

    def _sender(self, base: TriggerDraft) -> dict[str, Any]:
        if self.preset.data == CUSTOM:
            return {"custom": self._scheme(base.configuration["auth"].get("custom", {}))}
        preset = PRESETS.get(self.preset.data or "")
        made: dict[str, Any] = {"preset": self.preset.data or ""}
        if preset and preset.header_is_chosen:
            made["header"] = (self.header.data or "").strip()
        if preset and preset.handshake == "meta":
            made["verify_token"] = self.verify_token.data or ""
        return made

    def _scheme(self, old: Mapping[str, Any]) -> dict[str, Any]:
        typed = {name: (self[f"custom_{name}"].data or "").strip() for name in SCHEME}
        # A blank may be part of what stands before a signature: "Bearer ".
        typed["prefix"] = self.custom_prefix.data or ""
        told = {n: text for n, text in typed.items() if n in old or text not in ("", SCHEME[n])}
        if "tolerance_seconds" in told:
            told["tolerance_seconds"] = whole(told["tolerance_seconds"])
        return told

    def _secrets(self, base: TriggerDraft) -> dict[str, Any]:
        made = {**self._typed("secret"), **self._typed("previous_secret")}
        if "previous_secret" in made:
            return made
        if self.keep_secret.data and "secret" in made and base.secrets.secret:
            return {**made, "previous_secret": base.secrets.secret}
        return {**made, "previous_secret": None} if self.forget_previous.data else made

    def _typed(self, name: str) -> dict[str, str]:
        text = (self[name].data or "").strip() if name != "password" else self[name].data
        return {name: text} if text else {}


def auth_shown(auth: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form for what is saved; none of them holds a secret."""
    shown: dict[str, Any] = {"auth": auth["kind"]}
    shown |= {
        name: auth[name]
        for name in ("username", "preset", "header", "verify_token")
        if name in auth
    }
    if "custom" in auth:
        scheme = {**SCHEME, **auth["custom"]}
        shown |= {f"custom_{name}": str(value or "") for name, value in scheme.items()}
        shown["preset"] = CUSTOM
    return shown
