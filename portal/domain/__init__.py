"""Rules: data in, data out. Time, secrets and randomness are arguments; nothing here is asked
of a network, a clock, a database or an environment."""
