"""The JSON API of the platform's own developers, under ``/api/v1`` (contract §3)."""
