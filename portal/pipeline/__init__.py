"""Verbs. Each owns its transaction; what is to be decided is asked of the domain."""
