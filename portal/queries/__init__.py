"""Reads for pages and API. Nothing here writes."""
