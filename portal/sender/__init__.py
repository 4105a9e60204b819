"""The one door out: many requests at once over libcurl, an address guard, hard deadlines."""

from portal.sender.door import Sender
from portal.sender.messages import Reply, Request

__all__ = ["Reply", "Request", "Sender"]
