"""Experiments: parts of a running portal are killed, stopped, frozen and flooded, and afterwards
everything that was accepted must have arrived.

The portal is started as its users start it. An oracle joins what was accepted with what the
receiver answered. Leases are shortened, so that a run takes minutes less; with ``--long`` they
are as they are, every experiment runs on both databases, and each has its large size.
"""
