"""The documentation site."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

import _generate

logging.getLogger("kg_access.decisions").setLevel(logging.WARNING)

project = "kg_access"
author = "the kg_access team"
copyright = "the kg_access team, EUPL-1.2"  # noqa: A001 - Sphinx calls it so
html_title = "kg_access"
html_theme = "furo"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_generate.py", "conf.py"]
nitpicky = False
default_role = "code"

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"exclude-members": "__new__"}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_class_signature = "separated"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True


def fill(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001 - Sphinx's signature
    """Put the generated tables in a page."""
    source[0] = (
        _generate.filled(source[0], _generate.shipped_policy()) if "<!-- generated: " in source[0] else source[0]
    )


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Put the policy book beside the pages of the site."""
    if exception is None and app.builder.format == "html":
        target = str(Path(app.outdir, "policy-book.html"))
        command = [sys.executable, "-m", "kg_access", "book", "--no-proofs", "-o", target]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def setup(app: Sphinx) -> None:
    """Have pages filled before they are read, the book put beside them, and CSV shown as plain text."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", fill)
    app.connect("build-finished", publish)
