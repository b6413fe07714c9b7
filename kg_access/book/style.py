"""How a book looks: colours that can be told apart and read, on screens and on paper."""

from __future__ import annotations

from typing import Final

INK: Final = "#1a1a1a"
PAPER: Final = "#ffffff"
FAINT: Final = "#595959"
LINK: Final = "#0b4f8a"
SHADE: Final = "#f3f3f0"
YES: Final = "#1d6b34"
NO: Final = "#9c1f1f"
TINTS: Final = (
    "#bfe0ff", "#ffdd99", "#c9edc0", "#f2c9ea", "#fff08a", "#d6cdf7", "#b5ece5", "#ffcabf", "#dfdfb0", "#d4d4d4",
)  # fmt: skip
PAIRS: Final = (
    *((text, paper) for text in (INK, FAINT, LINK, YES, NO) for paper in (PAPER, SHADE)),
    *((INK, tint) for tint in TINTS),
)
"""Every colour of text with every colour on which it stands."""

_SCREEN: Final = f"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 75rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: {INK};
  background: {PAPER}; overflow-wrap: anywhere; }}
h1, h2, h3, h4 {{ line-height: 1.25; }}
h2 {{ margin-top: 3rem; border-bottom: 2px solid {INK}; }}
a {{ color: {LINK}; }}
:focus-visible {{ outline: 3px solid {LINK}; outline-offset: 2px; }}
:target {{ background: {SHADE}; }}
.skip, .spoken {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }}
.skip:focus {{ position: static; width: auto; height: auto; clip-path: none; }}
fieldset {{ border: 1px solid {FAINT}; margin: 1rem 0; }}
fieldset label {{ margin-right: 1.5rem; }}
.or, .faint {{ color: {FAINT}; }}
.pair {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 0 2rem; }}
.pair p {{ margin: 0.3rem 0; }}
article {{ border-left: 4px solid {FAINT}; padding: 0 0 0 1rem; margin: 1.5rem 0; }}
article.yes {{ border-color: {YES}; }}
article.no {{ border-color: {NO}; border-left-style: double; border-left-width: 6px; }}
.effect {{ font-weight: bold; }}
.yes > .effect, .proved {{ color: {YES}; }}
.no > .effect, .broken {{ color: {NO}; }}
dl {{ margin: 0.5rem 0; }}
dl > div {{ display: grid; grid-template-columns: minmax(7rem, 13rem) 1fr; gap: 0 1rem; margin: 0.2rem 0; }}
dt {{ font-weight: bold; }}
dd {{ margin: 0; min-width: 0; }}
ul {{ padding-left: 1.2rem; }}
.scroll {{ overflow-x: auto; max-width: 100%; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
caption {{ text-align: left; font-weight: bold; padding: 0.3rem 0; }}
th, td {{ border: 1px solid {FAINT}; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top;
  overflow-wrap: normal; }}
thead th {{ background: {SHADE}; }}
.matrix td {{ position: relative; text-align: center; font-weight: bold; min-width: 2rem; }}
.matrix thead td {{ vertical-align: bottom; text-align: left; }}
.matrix thead th {{ vertical-align: bottom; font-weight: normal; }}
.matrix thead th > span {{ writing-mode: vertical-rl; transform: rotate(180deg); max-height: 20rem; }}
.matrix tbody th {{ font-weight: normal; min-width: 9rem; }}
.matrix tbody td, .matrix tbody th {{ padding-top: 0.15rem; padding-bottom: 0.15rem; }}
.nothing {{ color: {FAINT}; }}
.keyname {{ margin: 0; font-weight: bold; }}
.key > div {{ grid-template-columns: 2.5rem 1fr; }}
.key dt {{ text-align: center; align-self: start; }}
code {{ font-size: 0.9em; }}
"""

_LANGUAGES: Final = """
body:has(#language-nl:checked) :is(.en, .or), body:has(#language-en:checked) :is(.nl, .or) { display: none; }
"""

_PAPER: Final = """
@page { size: A4; margin: 15mm; }
@page wide { size: A4 landscape; margin: 12mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9pt; }
  fieldset, nav, .skip { display: none; }
  h2 { break-before: page; margin-top: 0; }
  h1, h2, h3, h4, caption { break-after: avoid; }
  tr, article > *, dl > div { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  .picture { page: wide; }
  table { max-width: 100%; font-size: 8pt; }
  th, td { overflow-wrap: anywhere; }
  .matrix { font-size: 7pt; }
  .matrix thead th > span { max-height: 55mm; }
  .matrix td { min-width: 0; padding-left: 0.2rem; padding-right: 0.2rem; }
  .matrix td, .matrix th, .key dt { print-color-adjust: exact; }
}
"""


def style_sheet() -> str:
    """Write the style sheet."""
    tints = "".join(f".tint{number} {{ background: {tint}; }}\n" for number, tint in enumerate(TINTS))
    return _SCREEN + tints + _LANGUAGES + _PAPER
