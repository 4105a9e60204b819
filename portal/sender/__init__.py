"""The one door out: many requests at once over libcurl, an address guard, hard deadlines."""

from portal.sender.door import Sender
from portal.sender.looking import Look, look_at
from portal.sender.messages import READ_BODY, Reply, Request

__all__ = ["READ_BODY", "Look", "Reply", "Request", "Sender", "look_at"]
