"""Benchmarks: each brings what it needs up on loopback, with its baselines in the same run."""
