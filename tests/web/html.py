"""A page as a test looks at it: its elements and the text that people read."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# What htmx sends with every request of its own.
HTMX = {"HX-Request": "true"}


@dataclass
class Page:
    """``elements`` are (tag, attributes) in the order of the page."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of the page, spaces run together."""
        return re.sub(r"\s+", " ", "".join(self.words)).strip()

    @property
    def rows(self) -> list[str]:
        """The ``data-id`` of every row of a table, from top to bottom."""
        return [attributes["data-id"] for attributes in self.all("tr") if "data-id" in attributes]

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of every ``tag`` that has ``wanted``; ``data_id`` is data-id."""
        names = {name.strip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [has for kind, has in self.elements if kind == tag and names.items() <= has.items()]

    def one(self, tag: str, **wanted: str) -> dict[str, str]:
        """The attributes of the only such ``tag``."""
        [found] = self.all(tag, **wanted)
        return found

    def links(self) -> list[str]:
        """Where the links of the page lead."""
        return [attributes.get("href", "") for attributes in self.all("a")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.page.words.append(data)


def read(html: str) -> Page:
    """The page, or the part of one, that ``html`` is."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
