"""Routing: why an event is not sent to a hook, or not now, as it is kept with the event."""

# The conditions of the hook's filter were not met.
FILTERED = "filter"
# The hook does not want its type; never stored, because it is what all others have in common.
NOT_SUBSCRIBED = "not_subscribed"
