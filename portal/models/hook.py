"""Where we send: a hook, what it subscribes to, and its secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import IdText, Model, id_maker, now
from portal.models.catalogue import Policy
from portal.models.stream import Stream


class Hook(Model):
    """An endpoint of the customer's that gets events."""

    __tablename__ = "hooks"
    __table_args__ = (
        # Two living hooks of an account never look alike; a deleted one frees its name.
        Index(
            "uq_hooks_living_name",
            "account_id",
            "name_folded",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("hok"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400))
    description: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text)
    # Where it pointed before, since when and by whom it does not: the way back.
    previous_url: Mapped[str | None] = mapped_column(Text)
    url_changed_at: Mapped[datetime | None]
    url_changed_by: Mapped[str | None] = mapped_column(String(300))
    policy_id: Mapped[str] = mapped_column(ForeignKey("policies.id"))
    # Sealed as a whole, because a header such as Authorization is a secret.
    headers_sealed: Mapped[str | None] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(String(16), default="hmac")
    filter: Mapped[dict[str, Any] | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    # Why the portal itself switched the hook off: "gone" (410) or "failing"; null otherwise.
    disabled_reason: Mapped[str | None] = mapped_column(String(16))
    disabled_at: Mapped[datetime | None]
    # Since when it is off because somebody switched it off; null while it is on.
    off_since: Mapped[datetime | None]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[datetime | None]

    policy: Mapped[Policy] = relationship(lazy="joined")
    subscriptions: Mapped[list["Subscription"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Subscription.event_type"
    )
    secrets: Mapped[list["HookSecret"]] = relationship(
        cascade="all, delete-orphan",
        # The current one first.
        order_by=lambda: (HookSecret.expires_at.is_not(None), HookSecret.created_at.desc()),
    )
    stream: Mapped[Stream] = relationship(cascade="all, delete-orphan", single_parent=True)

    @property
    def event_types(self) -> list[str]:
        """The keys of the event types it subscribes to, in their order."""
        return [subscription.event_type for subscription in self.subscriptions]


class Subscription(Model):
    """One event type that one hook wants."""

    __tablename__ = "hook_event_types"

    hook_id: Mapped[str] = mapped_column(ForeignKey("hooks.id"), primary_key=True)
    event_type: Mapped[str] = mapped_column(String(128), primary_key=True)


# What stands in the place of a sealed secret whose time is over.
ERASED = ""


class HookSecret(Model):
    """A signing secret; several are alive during a rotation, and the current one has no end.

    One that has ended is erased, and its row kept for a while, to tell what was in use when.
    """

    __tablename__ = "hook_secrets"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("sec"))
    hook_id: Mapped[str] = mapped_column(ForeignKey("hooks.id"), index=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]

    @property
    def is_current(self) -> bool:
        """Whether it was given to the hook last."""
        return self.expires_at is None

    def is_alive(self, now: datetime) -> bool:
        """Whether it signs at ``now``."""
        return self.expires_at is None or self.expires_at > now
