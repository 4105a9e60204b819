"""Tests against real parts: both databases, Redis, HTTP over loopback and a browser."""
