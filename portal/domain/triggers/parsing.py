"""Parsing a sample, as the second seed describes: what could be a variable, listed as paths."""

from typing import Any

from portal.domain.problems import Problem, Refused
from portal.domain.query_strings import BadQuery, query_part, read_query
from portal.domain.samples import Row, rows_of


def rows_of_query(pasted: str) -> list[Row]:
    """The rows of a pasted address or query, items of lists one by one: ``query[0].a``."""
    return rows_of(read_query(query_part(pasted)), by_index=True)


def parsed(query: str, body: Any, by_index: bool = False) -> dict[str, list[Row]]:
    """The rows of a sample's query and of its body, which is MISSING where there is none.

    Raises :class:`Refused` for a query that is too large.
    """
    try:
        return {"query": rows_of_query(query), "body": rows_of(body, by_index)}
    except BadQuery as bad:
        raise Refused(Problem("/query", bad.code)) from None
