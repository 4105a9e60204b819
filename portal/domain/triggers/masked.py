"""What is kept of a call: everything but the secrets that came with it."""

from dataclasses import replace

from portal.domain.signatures.masking import mask_body, mask_headers, mask_query
from portal.domain.signatures.verifying import Incoming
from portal.domain.storable import storable
from portal.domain.triggers.plan import Plan

# Schemes whose signature is itself what must stay secret.
_BEARER = ("equal", "jwt_hs256")


def mask(plan: Plan, incoming: Incoming) -> Incoming:
    """``incoming`` without what a caller proves itself by; signatures, which give nothing away,
    stay. Whatever a database would refuse is replaced, save in the body."""
    names = _secret_names(plan)
    secrets = (*plan.signing_secrets, *plan.secrets.ended)
    headers = [
        (storable(name), storable(value))
        for name, value in mask_headers(incoming.headers, names["header"], secrets)
    ]
    return replace(
        incoming,
        headers=headers,
        query=storable(mask_query(incoming.query, names["query"], secrets)),
        body=mask_body(incoming.body, names["body"], secrets),
    )


def _secret_names(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The headers, parameters and members that hold a secret, by where they stand."""
    names: dict[str, tuple[str, ...]] = {"header": (), "query": (), "body": ()}
    if plan.preset is not None:
        names["header"] += plan.preset.secret_headers
        names["query"] += plan.preset.secret_query
        names["body"] += plan.preset.secret_fields
    for way in plan.scheme.ways if plan.scheme else ():
        if way.algorithm in _BEARER:
            names[way.place.kind] += (way.place.name,)
    return names
