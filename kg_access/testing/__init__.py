"""Help for the tests of an application: assertions that explain a denial, and the pytest plugin."""

from kg_access.testing.assertions import assert_denied, assert_permitted

__all__ = ["assert_denied", "assert_permitted"]
