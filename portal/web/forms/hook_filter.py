"""The form of a hook's filter: conditions over the data of events."""

from collections.abc import Collection, Iterable
from typing import Any

from portal.domain.problems import Problem
from portal.web.forms.flat import FlatForm
from portal.web.forms.rule import as_sent, meaning
from portal.web.forms.rule_conditions import ROOT, Reading, blank, when_read, when_shown
from portal.web.messages import message

# Where a form of conditions says that they stand, and where a hook has them.
_READ, _FILTER = "/when", "/filter"


class FilterForm(FlatForm):
    """What stands in the form of a filter, saved or typed."""

    @classmethod
    def of(cls, wanted: Any, known: Collection[str]) -> "FilterForm":
        """The form that shows a filter; one condition to fill in where there is none."""
        if wanted is None:
            return cls({f"{ROOT}-kind": "all", **blank(f"{ROOT}-0")})
        return cls(when_shown(wanted, known))

    def wanted(self) -> Any:
        """The filter that was asked for, as the API would take it; None where nothing is."""
        self.reading = Reading()
        return when_read(self.fields, self.reading)

    @property
    def problems(self) -> list[Problem]:
        """What could not even be read."""
        return [
            Problem(one.pointer.replace(_READ, _FILTER, 1), one.code, one.params)
            for one in self.reading.problems
        ]

    def attach(self, problems: Iterable[Problem]) -> None:
        """Put what was wrong beside the fields; what belongs to none of them above all."""
        for one in problems:
            words = message(one.code, one.params)
            name = self.reading.name_of(one.pointer.replace(_FILTER, _READ, 1))
            if name and one.pointer.startswith(_FILTER):
                self.errors.setdefault(name, [words])
            else:
                self.general.append(words)


def says_all(wanted: Any, known: Collection[str]) -> bool:
    """Whether the form of a filter, sent by a browser as it stands, would leave it unchanged."""
    if wanted in (None, {"all": []}):
        return True
    fields = FilterForm.of(wanted, known).fields
    sent = FilterForm({name: as_sent(name, text) for name, text in fields.items()})
    made = sent.wanted()
    return not sent.reading.problems and meaning(made) == meaning(wanted)
