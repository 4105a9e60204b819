"""What of a configuration is secret: kept apart, sealed, and put back where it belongs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from portal.domain.triggers.auth import Secrets


def parted(
    configuration: Mapping[str, Any], secrets: Secrets
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The configuration as a version keeps it in the clear, and what is to be sealed beside it."""
    headers = {
        str(place): rule["call"]["headers"]
        for place, rule in enumerate(configuration["rules"])
        if rule.get("call") and rule["call"]["headers"]
    }
    rules = [_with_headers(rule, {}) for rule in configuration["rules"]]
    known = asdict(secrets) | {"call_headers": headers}
    return {**configuration, "rules": rules}, {name: one for name, one in known.items() if one}


def joined(configuration: Mapping[str, Any], sealed: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as it was before :func:`parted`."""
    headers = sealed.get("call_headers", {})
    rules = [
        _with_headers(rule, headers.get(str(place), {}))
        for place, rule in enumerate(configuration["rules"])
    ]
    return {**configuration, "rules": rules}


def secrets_in(sealed: Mapping[str, Any]) -> Secrets:
    """The credentials among what was sealed."""
    known = {name: one for name, one in sealed.items() if name != "call_headers"}
    return Secrets(**known | {"ended": tuple(known.get("ended", ()))})


def _with_headers(rule: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    if not rule.get("call"):
        return dict(rule)
    return {**rule, "call": {**rule["call"], "headers": dict(headers)}}
