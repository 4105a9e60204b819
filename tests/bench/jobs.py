"""The job of the baseline: one send with ``requests``, as most home-made webhooks do it."""

import requests


def send_one(url: str, body: str) -> int:
    """POST ``body`` to ``url``; returns the status."""
    headers = {"content-type": "application/json"}
    return requests.post(url, data=body.encode(), headers=headers, timeout=15).status_code
