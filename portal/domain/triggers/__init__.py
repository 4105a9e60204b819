"""Triggers: what may be saved as one, and what is made of it to judge calls by.

A configuration has one form, the contract's JSON without its secrets, with every default filled
in: that is what the API shows, what a version keeps, and what :func:`plan.plan_of` compiles.
"""
