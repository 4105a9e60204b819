"""What a browser would send of a form, were its button pressed with nothing touched."""

from html.parser import HTMLParser

Fields = dict[str, list[str]]


class _Reader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._form_id = form_id
        self._is_inside = False
        self._select = ""
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = has.get("id") == self._form_id
        elif self._is_inside:
            self._take(tag, has)

    def _take(self, tag: str, has: dict[str, str]) -> None:
        name = has.get("name", "")
        if tag == "input" and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self.fields.setdefault(name, []).append(has.get("value", ""))
        elif tag == "textarea":
            self._text = []
            self.fields[name] = self._text
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self.fields or "selected" in has):
            self.fields[self._select] = [has["value"]]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            # The first line break after the tag is the template's.
            self._text[:] = ["".join(self._text).removeprefix("\n")]
            self._text = None
        elif tag == "form":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def sent(html: str, form_id: str) -> Fields:
    """The fields of the form ``form_id`` in the page ``html``, each with all its values."""
    reader = _Reader(form_id)
    reader.feed(html)
    reader.close()
    return reader.fields
