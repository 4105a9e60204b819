"""Forms of conditions: one flat mapping of names to texts, and what was wrong beside each."""

from dataclasses import dataclass, field

from portal.web.forms.rule_conditions import Fields, Group, Reading, group_in


@dataclass(frozen=True)
class Shown:
    """A field as the page shows it."""

    name: str
    data: str
    errors: list[str]

    @property
    def id(self) -> str:
        """What its label points to."""
        return self.name


@dataclass
class FlatForm:
    """What stands in a form of conditions, saved or typed."""

    fields: Fields
    errors: dict[str, list[str]] = field(default_factory=dict)
    # What is wrong and belongs to no field.
    general: list[str] = field(default_factory=list)
    # The field that a button has just made or filled.
    focus: str = ""
    # How it was read last.
    reading: Reading = field(default_factory=Reading)

    def __getitem__(self, name: str) -> Shown:
        """The field ``name`` as the page shows it."""
        return Shown(name, self.fields.get(name, ""), self.errors.get(name, []))

    @property
    def conditions(self) -> Group:
        """The groups and conditions that stand in the form."""
        return group_in(self.fields)
