"""Signatures of inbound calls: how senders sign, whether a call is theirs, and why it is not."""
