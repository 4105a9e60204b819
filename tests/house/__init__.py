"""The house rules, asserted over the code instead of hoped for."""
