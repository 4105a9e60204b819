"""How the property tests look for cases: without a clock, which other work would disturb, and
the same ones every time, so that a failure is the work of the change that it comes with."""

from hypothesis import settings

settings.register_profile("house", deadline=None, database=None, derandomize=True)
settings.load_profile("house")
