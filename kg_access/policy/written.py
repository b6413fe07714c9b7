"""A policy together with its rules as they are written, for tools that ask what another rule would have meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import attrs

from kg_access.policy.expand import build_table
from kg_access.policy.record import Policy, Row, Table, fixed
from kg_access.policy.rules import Rule


@attrs.frozen(repr=False, eq=False)
class Written:
    """
    A policy and what its tables were made of.

    Attributes:
        policy: The policy.
        rules: The rules of each table, in the order of its file.
        domains: Every value of every fact.
    """

    policy: Policy
    rules: Mapping[str, tuple[Rule, ...]] = attrs.field(converter=fixed)
    domains: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)

    def __repr__(self) -> str:
        return f"<Written {self.policy.name} {self.policy.version}>"

    def table(self, name: str, rules: Iterable[Rule], reshape: Callable[[Row], Row] | None = None) -> Table:
        """
        Build the table that other rules would give; what is odd about them is not checked.

        Args:
            name: scope, need or limits.
            rules: The rules.
            reshape: Changes each row before anything is derived from it; a row without a word for a fact goes.
        """
        columns, words = self.policy.tables[name].columns, self.policy.vocabulary
        return build_table(name, columns, rules, words, self.policy.registers, self.domains, [], reshape)
