"""The strict reader: whatever is unknown, doubled, empty, misspelt or misplaced is refused, and all of it is reported."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_access import load_policy
from kg_access.dossier import Dossier
from kg_access.errors import Finding, PolicyDataMissing, PolicyError
from kg_access.guard import Guard
from kg_access.policy.load import BESIDE
from kg_access.policy.record import Policy, Row
from kg_access.subject import Assignment, Subject

Change = Callable[[bytes], bytes]
Broken = Callable[[str, Change], tuple[Finding, ...]]

pytestmark = pytest.mark.usefixtures("shipped_yaml_read_once")

PROJECT = Path(__file__).resolve().parent.parent
NEED = "need/rules.csv"
SCOPE = "scope/rules.csv"
LIMITS = "limits/rules.csv"
MODEL = "models/need.conf"
ACTIONS = "vocabulary/actions.yaml"
ROLES = "vocabulary/roles.yaml"
PROCESSORS = "registers/processors.yaml"
HEADER = "id,effect,reason,when,obligations,clauses,note"
EFFECT = "some(where (p.eft == allow)) && !some(where (p.eft == deny))"
KIND = '(p.kind == "*" || r.kind == p.kind)'
STANDING = '(p.standing == "*" || r.standing == p.standing)'
FORM = f"each condition has the form {KIND}, joined by &&"
FILES = sorted(
    path.relative_to(PROJECT / "policies").as_posix()
    for path in (PROJECT / "policies").rglob("*")
    if path.is_file()
    and path.name not in BESIDE
    and "scenarios" not in path.as_posix()
    and path.suffix in {".csv", ".toml", ".yaml"}
)
MODELS = ["models/limits.conf", "models/need.conf", "models/scope.conf"]


# -- helpers -----------------------------------------------------------------------------------------


def swap(old: str, new: str) -> Change:
    """Replace a text that occurs once or more, the first time only."""
    return lambda data: data.replace(old.encode(), new.encode(), 1)


def add(line: str) -> Change:
    """Add a line at the end."""
    return lambda data: data + f"{line}\n".encode()


def whole(data: bytes) -> Change:
    """Replace the whole file."""
    return lambda _: data


def row(**fields: str) -> str:
    """Write a line of `need/rules.csv` that is right but for the fields given."""
    usual = {
        "id": "NX-EXTRA",
        "effect": "deny",
        "reason": "out_of_scope",
        "when": "kind=auditor",
        "obligations": "",
        "clauses": "choice",
        "note": "",
    }
    return ",".join({**usual, **fields}.values())


def place(folder: Path, path: str, text: str, word: str | None = None) -> tuple[int, int]:
    """Tell line and column of a text that stands once in a file, or of a word within it."""
    file = folder / path if path.startswith("models/") else folder / "policies" / path
    content = file.read_bytes().decode()
    assert content.count(text) == 1, f"{text!r} is no place in {path}"
    offset = content.index(text) + (0 if word is None else text.index(word))
    return content.count("\n", 0, offset) + 1, offset - (content.rfind("\n", 0, offset) + 1) + 1


def only(
    findings: tuple[Finding, ...], path: str, line: int, column: int, message: str, help_: str | None = None
) -> None:
    """Check that there is one finding, at this place, with this text in its message and this help."""
    assert [(finding.path, finding.line, finding.column) for finding in findings] == [(path, line, column)]
    assert message in findings[0].message
    if help_ is not None:
        assert findings[0].help == help_


def refused_row(broken: Broken, line: str, at: str, message: str, help_: str | None = None, path: str = NEED) -> None:
    """Add a line to a table and check the one finding; `at` stands once in it, and `` means the whole line."""
    assert not at or line.count(at) == 1
    number = (PROJECT / "policies" / path).read_bytes().count(b"\n") + 1
    only(broken(path, add(line)), path, number, line.index(at) + 1 if at else 0, message, help_)


def load(folder: Path) -> Policy:
    """Load the copy."""
    return load_policy(folder / "policies", models=folder / "models")


def attempt(folder: Path, path: str, change: Change) -> Policy | PolicyError:
    """Change one file of the copy and give the policy, or the refusal."""
    try:
        return changed(folder, path, change)
    except PolicyError as refusal:
        return refusal


def changed(folder: Path, path: str, change: Change) -> Policy:
    """Change one file of the copy and load it."""
    file = folder / path if path.startswith("models/") else folder / "policies" / path
    old = file.read_bytes()
    file.write_bytes(change(old))
    assert file.read_bytes() != old
    return load(folder)


def rows_of(folder: Path, line: str) -> tuple[Row, ...]:
    """Add a line to `need/rules.csv` and give what becomes of it."""
    return changed(folder, NEED, add(line)).rules()[line.split(",", 1)[0]]


# -- what is right ------------------------------------------------------------------------------------


def test_the_shipped_policy_and_one_more_rule_load(folder: Path) -> None:
    """The row that most tests below spoil is accepted when it is not spoilt."""
    (made,) = rows_of(folder, row())
    assert made.conditions == {"kind": {"auditor"}}
    assert made.reason == "out_of_scope"


def test_a_field_between_double_quotes_is_read_as_csv(folder: Path) -> None:
    """Double quotes are CSV quotes, so `"deny"` is the effect deny and a note may hold a comma."""
    (made,) = rows_of(folder, row(effect='"deny"', note='"one, two"'))
    assert made.effect == "deny"


def test_comments_and_blank_lines_mean_nothing(folder: Path) -> None:
    """A line that starts with `#` and a blank line are skipped, and lines keep their numbers."""
    before = load(folder).rules()["NX-NOBODY"][0]
    after = changed(folder, NEED, lambda data: b"# a comment\n\n" + data).rules()["NX-NOBODY"][0]
    assert after.conditions == before.conditions
    assert after.line == before.line + 2


# -- bytes and characters -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [NEED, ACTIONS, "policy.toml", MODEL])
def test_a_byte_order_mark_is_refused(broken: Broken, path: str) -> None:
    """A file that starts with a byte-order mark is refused, whatever its kind."""
    findings = broken(path, lambda data: b"\xef\xbb\xbf" + data)
    only(findings, path, 1, 1, "byte-order mark", "save it as UTF-8 without BOM")


@pytest.mark.parametrize("path", [NEED, ACTIONS, "policy.toml", MODEL])
def test_bytes_that_are_not_utf8_are_refused_with_their_line(broken: Broken, path: str) -> None:
    """A byte of another encoding is refused, on the line where it stands."""
    findings = broken(path, lambda data: b"# one\n# caf\xe9\n" + data)
    only(findings, path, 2, 0, "not UTF-8", "save it as UTF-8")


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\t", "U+0009"), ("\x00", "U+0000"), ("\x1b", "U+001B"), ("\x7f", "U+007F"), ("\x85", "U+0085"),
        ("\u200b", "U+200B"), ("\u200d", "U+200D"), ("\u00ad", "U+00AD"), ("\u202e", "U+202E"),
        ("\u2066", "U+2066"), ("\ufeff", "U+FEFF"), ("\u2028", "U+2028"), ("\u2029", "U+2029"),
        ("\ue000", "U+E000"), ("\ufffe", "U+FFFE"), ("\uffff", "U+FFFF"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [NEED, ACTIONS, "policy.toml", MODEL])
def test_control_zero_width_and_other_invisible_characters_are_refused(
    broken: Broken, path: str, character: str, code: str
) -> None:
    """A character that nobody sees, or that is none at all, is refused with its code, also in a comment."""
    findings = broken(path, lambda data: f"# abc{character}def\n".encode() + data)
    only(findings, path, 1, 6, f"unwanted character `{code}`", "remove it")


def test_decomposed_unicode_is_refused(broken: Broken, folder: Path) -> None:
    """A text in which accents are separate characters is refused on its line."""
    path = "vocabulary/categories.yaml"
    decomposed = unicodedata.normalize("NFD", "financiële")
    findings = broken(path, swap("financiële", decomposed))
    line, _ = place(folder, path, decomposed)
    only(findings, path, line, 0, "not composed Unicode", "save it in form NFC")


@pytest.mark.parametrize("path", [*FILES, *MODELS])
@pytest.mark.parametrize("data", [b"", b"\n \n"], ids=["no bytes", "blanks"])
def test_an_empty_file_is_refused(broken: Broken, path: str, data: bytes) -> None:
    """A file without content is refused, never read as a policy without rules or words."""
    only(broken(path, whole(data)), path, 0, 0, "the file is empty")


@pytest.mark.parametrize("data", [b"# only a comment\n", b"{}\n"], ids=["comment", "empty mapping"])
def test_a_vocabulary_without_words_is_refused(broken: Broken, data: bytes) -> None:
    """A YAML file with only a comment or an empty mapping counts as empty."""
    assert Finding(ACTIONS, 0, 0, "the file is empty") in broken(ACTIONS, whole(data))


@pytest.mark.parametrize("path", [*FILES, *MODELS])
def test_a_missing_file_is_refused(folder: Path, path: str) -> None:
    """Every file of the policy must be there."""
    (folder / path if path.startswith("models/") else folder / "policies" / path).unlink()
    with pytest.raises(PolicyError) as refusal:
        load(folder)
    only(refusal.value.findings, path, 0, 0, "the file is missing")


@pytest.mark.parametrize("kind", ["policies", "models"])
def test_a_missing_folder_is_refused_with_the_place(folder: Path, kind: str) -> None:
    """When a whole folder is missing the error says where it was looked for."""
    (folder / kind).rename(folder / "elsewhere")
    with pytest.raises(PolicyDataMissing) as refusal:
        load(folder)
    assert refusal.value.looked_in == (str(folder / kind),)
    only(refusal.value.findings, str(folder / kind), 0, 0, f"no folder `{kind}` here")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("need/rule.csv", "need/rules.csv"),
        ("need/rules.csv.bak", "need/rules.csv"),
        ("vocabulary/rolles.yaml", "vocabulary/roles.yaml"),
        ("reasons.yml", "reasons.yaml"),
        ("policy.tml", "policy.toml"),
    ],
)
def test_an_unknown_file_is_refused_with_the_nearest_name(broken: Broken, path: str, meant: str) -> None:
    """A file that nobody reads is refused, since somebody believes that it counts."""
    only(broken(path, whole(b"x")), path, 0, 0, f"unknown file `{path}`", f"did you mean `{meant}`?")


def test_an_unknown_model_is_refused(broken: Broken) -> None:
    """A fourth model is refused."""
    only(
        broken("models/needs.conf", whole(b"x")), "models/needs.conf", 0, 0, "`needs.conf`", "did you mean `need.conf`?"
    )


@pytest.mark.parametrize("path", ["need/oldscenarios.yaml", "vocabulary/rolesscenarios.yaml", "need/NOTREADME.md"])
def test_a_file_whose_name_only_ends_like_a_permitted_one_is_refused(broken: Broken, path: str) -> None:
    """Only files called exactly `scenarios.yaml` and `README.md` may stand beside the rules."""
    findings = broken(path, whole(b"x"))
    assert [(finding.path, f"`{path}`" in finding.message) for finding in findings] == [(path, True)]


def test_a_dangling_link_is_a_finding(folder: Path) -> None:
    """A link to a file that is not there is refused like any other fault, not with an error of the system."""
    (folder / "policies" / NEED).unlink()
    (folder / "policies" / NEED).symlink_to(folder / "gone.csv")
    with pytest.raises(PolicyError) as refusal:
        load(folder)
    assert [finding.path for finding in refusal.value.findings] == [NEED]


@pytest.mark.parametrize("path", [NEED, ACTIONS, "policy.toml", MODEL])
def test_a_file_with_old_macintosh_line_ends_is_refused(broken: Broken, path: str) -> None:
    """Line ends of a single carriage return would make one line of the file, so they are refused."""
    findings = broken(path, lambda data: data.replace(b"\n", b"\r"))
    assert {(finding.path, finding.line) for finding in findings} == {(path, 1)}
    assert all("`U+000D`" in finding.message for finding in findings)


# -- the lines of a table --------------------------------------------------------------------------------


def test_an_unknown_column_is_refused(broken: Broken) -> None:
    """A misspelt column is named, with the column that was meant."""
    findings = broken(NEED, swap("id,effect", "id,efect"))
    only(findings, NEED, 1, 4, "unknown column `efect`", "did you mean `effect`?")


@pytest.mark.parametrize(
    ("old", "new"),
    [("clauses,note", "clauses"), ("id,effect", "effect,id"), ("id,effect", "id,effect,effect")],
    ids=["missing", "reordered", "doubled"],
)
def test_missing_reordered_and_doubled_columns_are_refused(broken: Broken, old: str, new: str) -> None:
    """The columns stand in one order, each once, and the help writes it out."""
    findings = broken(NEED, swap(old, new))
    head = [finding for finding in findings if finding.line == 1]
    only(tuple(head), NEED, 1, 0, "the columns are not as they should be", f"write `{HEADER}`")


def test_a_table_without_its_line_of_columns_is_refused(broken: Broken) -> None:
    """The first rule is never taken for the names of the columns."""
    findings = broken(SCOPE, swap(f"{HEADER}\n", ""))
    assert any(finding.line == 2 and "unknown column `SC-FAMILY-SUPPORT`" in finding.message for finding in findings)


def test_a_short_row_is_refused(broken: Broken) -> None:
    """A line with a field too few is refused; Casbin would raise only once a request reaches it."""
    refused_row(broken, row().removesuffix(","), "", "the row has 6 fields, not 7")


def test_a_long_row_is_refused(broken: Broken) -> None:
    """A line with a field too many, as from a note with a comma, is refused and the help says how to write it."""
    help_ = "put a text with a comma between double quotes"
    refused_row(broken, row(note="one, two"), "", "the row has 8 fields, not 7", help_)


@pytest.mark.parametrize("note", ['"open', '"closed"too early'])
def test_a_line_that_is_not_csv_is_refused(broken: Broken, note: str) -> None:
    """Double quotes that do not fit are refused instead of being guessed at."""
    refused_row(broken, row(note=note), note, "the line is not CSV")


@pytest.mark.parametrize("note", ['a"b,c"d', ' "one, two"', 'x"one, two"'])
def test_a_double_quote_inside_a_field_is_a_finding(broken: Broken, note: str) -> None:
    """Double quotes that do not enclose a whole field protect no comma; the line is refused, and nothing crashes."""
    findings = broken(NEED, add(row(note=note)))
    assert [(finding.path, finding.line) for finding in findings] == [(NEED, place_of_next_line(NEED))]
    assert "the row has 8 fields, not 7" in findings[0].message or "the line is not CSV" in findings[0].message


@pytest.mark.parametrize("name", ["nx-extra", "NXEXTRA", "NX-", " NX-EXTRA", "NX-EXTRA ", "NX-é"])
def test_an_id_of_another_form_is_refused(broken: Broken, name: str) -> None:
    """An id is two capitals and words in capitals, so that it can be told apart in a log."""
    help_ = "two capitals, then words in capitals, like `ND-STAFF`"
    refused_row(broken, row(id=name), name, f"`{name}` is not an id", help_)


def test_a_rule_without_an_id_is_refused(broken: Broken) -> None:
    """An empty id is refused."""
    help_ = "two capitals, then words in capitals, like `ND-STAFF`"
    refused_row(broken, row(id=""), ",deny", "`` is not an id", help_)


@pytest.mark.parametrize(
    ("effect", "help_"),
    [
        ("Deny", "did you mean `deny`?"),
        ("DENY", "did you mean `deny`?"),
        ("deny ", "did you mean `deny`?"),
        (" deny", "did you mean `deny`?"),
        ("deny;", "did you mean `deny`?"),
        ("deny.", "did you mean `deny`?"),
        ("permit", "known are allow, deny"),
        ("forbid", "known are allow, deny"),
        ("*", "known are allow, deny"),
    ],
)
def test_an_unknown_effect_is_refused(broken: Broken, effect: str, help_: str) -> None:
    """Only `allow` and `deny` are effects; Casbin would skip a row with any other, and a prohibition would be lost."""
    refused_row(broken, row(effect=effect), f"{effect},out", f"unknown effect `{effect}`", help_)


def test_an_empty_effect_is_refused(broken: Broken) -> None:
    """A rule without an effect is refused; Casbin would skip it."""
    refused_row(broken, row(effect=""), ",out_of_scope", "unknown effect ``", "known are allow, deny")


def test_an_effect_with_quotes_inside_is_refused(broken: Broken) -> None:
    """An effect that still has quotes around it after CSV is read is unknown."""
    refused_row(broken, row(effect='"""deny"""'), '""deny""', 'unknown effect `"deny"`', "did you mean `deny`?")


def test_an_effect_of_allow_in_another_case_is_refused(broken: Broken) -> None:
    """`Allow` is refused like `Deny`."""
    findings = broken(NEED, add(row(effect="Allow", reason="")))
    assert any("unknown effect `Allow`" in finding.message for finding in findings)


def test_an_unknown_reason_is_refused(broken: Broken) -> None:
    """A misspelt reason is named with the one that was meant."""
    refused_row(
        broken, row(reason="out_of_scop"), "out_of_scop", "unknown reason `out_of_scop`", "did you mean `out_of_scope`?"
    )


def test_a_reason_on_a_rule_that_allows_is_refused(broken: Broken) -> None:
    """A rule that allows gives no reason; one with a reason was probably meant to deny."""
    refused_row(broken, row(effect="allow"), "out_of_scope", "gives no reason, but has `out_of_scope`")


def test_a_rule_that_denies_without_a_reason_is_refused(broken: Broken) -> None:
    """Every denial has a reason."""
    refused_row(broken, row(reason=""), "", "a rule that denies must give a reason")


def test_an_unknown_fact_is_refused(broken: Broken) -> None:
    """A misspelt fact is named with the one that was meant."""
    refused_row(broken, row(when="knd=auditor"), "knd", "unknown fact `knd`", "did you mean `kind`?")


def test_a_fact_of_another_table_is_refused(broken: Broken) -> None:
    """A table cannot speak of a fact that its model does not hold."""
    refused_row(broken, row(when="channel=office365"), "channel", "unknown fact `channel`")


@pytest.mark.parametrize(
    ("when", "word", "fact", "help_"),
    [
        ("kind=auditr", "auditr", "kind", "did you mean `auditor`?"),
        ("standing=service_stff", "service_stff", "standing", "did you mean `service_staff`?"),
        ("category=helth", "helth", "category", "did you mean `health`?"),
        ("action=raed", "raed", "action", "did you mean `read`?"),
        ("role=nurs", "nurs", "role", "did you mean `nurse`?"),
        ("kind=Auditor", "Auditor", "kind", "did you mean `auditor`?"),
        ("kind=*", "*", "kind", "known are auditor, processor, recipient, staff, volunteer"),
        ("deputy=true", "true", "deputy", "known are no, yes"),
    ],
)
def test_an_unknown_word_in_a_fact_is_refused(broken: Broken, when: str, word: str, fact: str, help_: str) -> None:
    """A word that the fact does not know is named with the one that was meant; `*` is no word either."""
    refused_row(broken, row(when=when), f"{word},", f"unknown word `{word}` in `{fact}`", help_)


@pytest.mark.parametrize(
    ("when", "word"),
    [
        ("kind=auditor; link=taff", "taff,"),
        ("kind=auditor|aud", "aud,"),
        ("action=read; purpose=rea", "rea,"),
        ("link=team|team", "team,"),
    ],
    ids=["later", "part of an earlier word", "part of another fact's word", "doubled"],
)
def test_a_finding_points_at_the_word_itself(broken: Broken, when: str, word: str) -> None:
    """The column is that of the offending word, not of the first place where its letters occur."""
    line = row(when=when)
    findings = broken(NEED, add(line))
    assert [finding.column for finding in findings] == [line.index(word) + 1]


@pytest.mark.parametrize(("field", "word"), [("effect", "X"), ("reason", "EXTRA"), ("clauses", "NX")])
def test_a_finding_points_at_the_field_itself(broken: Broken, field: str, word: str) -> None:
    """The column lies in the field that is wrong, also when its text occurs earlier in the line."""
    line = row(**{field: word})
    findings = [finding for finding in broken(NEED, add(line)) if f"`{word}`" in finding.message]
    assert [finding.column for finding in findings] == [line.rindex(word) + 1]


def test_a_doubled_word_is_refused(broken: Broken) -> None:
    """A word that stands twice in a condition is refused, since another one was probably meant."""
    line = row(when="link=team|task|team")
    refused_row(broken, line, "team,", "word `team` in `link` stands there twice", "keep one of them")


def test_a_doubled_fact_is_refused(broken: Broken) -> None:
    """Two conditions on one fact are refused instead of one silently replacing the other."""
    refused_row(
        broken, row(when="kind=auditor; kind=staff"), "kind=staff", "a second condition on `kind`",
        "join their words with `|`",
    )  # fmt: skip


@pytest.mark.parametrize("when", ["", "  "])
def test_an_empty_when_is_refused(broken: Broken, when: str) -> None:
    """A rule without conditions would match everything, so it must say `always`."""
    refused_row(
        broken, row(when=when), "", "a rule without conditions would always match", "write `always` if it should"
    )


@pytest.mark.parametrize(
    ("when", "part"),
    [
        ("kind", "kind"),
        ("kind=", "kind="),
        ("kind:auditor", "kind:auditor"),
        ("kind auditor", "kind auditor"),
        ("always; kind=auditor", "always"),
        ("kind=auditor; action", "action"),
        ("kind=auditor & action", None),
        ("kind=auditor;", None),
        (";", None),
        ("=auditor", None),
        ("kind==auditor", None),
        ("kind!=auditor", None),
        ("kind=!!auditor", None),
        ("kind=!", None),
        ("kind=auditor|", None),
        ("kind=auditor||staff", None),
        ("kind=auditor|!staff", None),
        ("!kind=auditor", None),
        ("kind=(auditor)", None),
        ("kind='auditor'", None),
    ],
)
def test_a_malformed_condition_is_refused(broken: Broken, when: str, part: str | None) -> None:
    """What is not written `fact=word|word` or `fact=!word|word` is refused."""
    findings = broken(NEED, add(row(when=when)))
    assert {(finding.path, finding.line) for finding in findings} == {(NEED, place_of_next_line(NEED))}
    if part is not None:
        only(findings, NEED, findings[0].line, row(when=when).index(part) + 1, f"`{part}` is no condition")
        assert findings[0].help == "write `fact=word|word`"


def place_of_next_line(path: str) -> int:
    """Tell the number of the line that `add` adds."""
    return (PROJECT / "policies" / path).read_bytes().count(b"\n") + 1


@pytest.mark.parametrize(
    ("obligations", "word", "help_"),
    [
        ("notify_dp", "notify_dp", "did you mean `notify_dpo`?"),
        ("erase;review", "erase;review", ""),
        ("Erase", "Erase", "did you mean `erase`?"),
    ],
)
def test_an_unknown_obligation_is_refused(broken: Broken, obligations: str, word: str, help_: str) -> None:
    """An obligation that nobody could carry out is refused."""
    refused_row(broken, row(obligations=obligations), word, f"unknown obligation `{word}`", help_ or None)


def test_a_doubled_blank_between_obligations_is_refused(broken: Broken) -> None:
    """Words are separated by one blank."""
    refused_row(broken, row(obligations="erase  review"), " review", "unknown obligation ``")


@pytest.mark.parametrize("field", ["obligations", "clauses"])
def test_a_doubled_obligation_or_clause_is_refused(broken: Broken, field: str) -> None:
    """An obligation or a clause that stands twice is refused."""
    word = {"obligations": "review", "clauses": "KG-GEN-3"}[field]
    findings = broken(NEED, add(row(**{field: f"{word} {word}"})))
    assert [f"`{word}` stands there twice" in finding.message for finding in findings] == [True]
    assert findings[0].help == "keep one of them"


def test_an_unknown_clause_is_refused(broken: Broken) -> None:
    """A rule can only cite a clause that is known."""
    refused_row(broken, row(clauses="KG-GEN-33"), "KG-GEN-33", "unknown clause `KG-GEN-33`")


def test_a_rule_without_a_clause_is_refused(broken: Broken) -> None:
    """A rule cites a clause or admits that it is a choice."""
    refused_row(broken, row(clauses=""), "", "a rule cites a clause, or says `choice`")


def test_a_duplicate_id_in_a_table_is_refused_once(broken: Broken) -> None:
    """Two rules of one table cannot share an id, and the fault is reported once, with both places."""
    first = place_of_line(NEED, "NX-NOBODY,")
    refused_row(broken, row(id="NX-NOBODY"), "NX-NOBODY", "duplicate id `NX-NOBODY`", f"line {first} has it too")


def place_of_line(path: str, start: str) -> int:
    """Tell the number of the one line that starts like this."""
    lines = (PROJECT / "policies" / path).read_text(encoding="utf-8").split("\n")
    (number,) = (number for number, line in enumerate(lines, start=1) if line.startswith(start))
    return number


def test_a_duplicate_id_across_tables_is_refused(broken: Broken) -> None:
    """An id names one rule of the whole policy."""
    findings = broken(NEED, add(row(id="SC-CHILDCARE")))
    assert [finding.line for finding in findings] == [place_of_next_line(NEED)]
    assert "duplicate id `SC-CHILDCARE`" in findings[0].message
    assert findings[0].help == "scope/rules.csv has it too"


@pytest.mark.parametrize("when", ["kind=auditor|staff; link=team", "link=team; kind=staff|auditor"])
def test_two_rules_that_say_the_same_are_refused(broken: Broken, when: str) -> None:
    """A rule that repeats another under a new id is refused, in whatever order it is written."""
    lines = f"{row(id='NX-ONE', when='kind=auditor|staff; link=team')}\n{row(id='NX-TWO', when=when)}"
    only(
        broken(NEED, add(lines)), NEED, place_of_next_line(NEED) + 1, 0, "`NX-TWO` says the same as `NX-ONE`",
        "keep one of them",
    )  # fmt: skip


@pytest.mark.parametrize("path", [SCOPE, NEED, LIMITS])
def test_a_table_with_no_rules_is_refused(broken: Broken, path: str) -> None:
    """A table with its line of columns and no rule is refused."""
    only(broken(path, whole(f"{HEADER}\n# nothing here\n".encode())), path, 0, 0, "the table has no rules")


@pytest.mark.parametrize("path", [SCOPE, NEED, LIMITS])
def test_a_table_that_allows_nothing_is_refused(broken: Broken, path: str) -> None:
    """A table in which every rule denies is refused."""

    def without_allow(data: bytes) -> bytes:
        return b"".join(line for line in data.splitlines(keepends=True) if b",allow," not in line)

    message = "no rule allows anything, so all would be denied"
    assert Finding(path, 0, 0, message) in broken(path, without_allow)


@pytest.mark.parametrize(
    ("when", "message", "help_"),
    [
        ("category=granted", "only a rule that denies can speak of `granted`, as `category=!granted`", ""),
        ("category=!granted|health", "`granted` cannot stand beside other words", "make a rule of its own"),
    ],
)
def test_granted_stands_alone_after_an_exclamation_mark(broken: Broken, when: str, message: str, help_: str) -> None:
    """`granted` has a meaning only as `!granted`, alone."""
    refused_row(broken, row(when=when), "granted", message, help_)


def test_not_granted_on_a_rule_that_allows_is_refused(broken: Broken) -> None:
    """A rule that allows what no rule allows would allow everything."""
    line = row(effect="allow", reason="", when="standing=service_staff; category=!granted")
    refused_row(broken, line, "granted", "only a rule that denies can speak of `granted`, as `category=!granted`")


def test_granted_in_a_fact_that_has_no_such_word_is_refused(broken: Broken) -> None:
    """`!granted` is a word of a few facts only."""
    refused_row(broken, row(when="kind=!granted"), "granted", "unknown word `granted` in `kind`")


def test_a_rule_that_can_never_match_is_refused(broken: Broken) -> None:
    """A rule whose words stand for nothing is refused, since a prohibition would do nothing."""
    every = "staff|volunteer|processor|recipient|auditor"
    refused_row(broken, row(when=f"kind=!{every}"), "", "`NX-EXTRA` can never match", "its words stand for nothing")


@pytest.mark.parametrize(
    ("path", "when"),
    [
        (LIMITS, "purpose=own"),
        (SCOPE, "service=childcare; category=!profile"),
        (NEED, "category=withheld"),
        (LIMITS, "phase=register"),
    ],
)
def test_a_special_word_needs_the_facts_that_it_stands_on(broken: Broken, path: str, when: str) -> None:
    """`own`, `profile`, `withheld` and `register` are refused in a table that lacks the facts they are looked up by."""
    findings = broken(path, add(row(when=when)))
    assert (path, place_of_next_line(path)) in [(finding.path, finding.line) for finding in findings]


@pytest.mark.parametrize(
    "when",
    ["organisation=processors; role=!register", "phase=!register", "organisation=processors; phase=!register"],
)
def test_register_after_an_exclamation_mark_is_refused(broken: Broken, when: str) -> None:
    """`!register` would mean the opposite of what it says or nothing at all, so it is refused."""
    refused_row(broken, row(when=when), "register", "`register`")


def test_withheld_after_an_exclamation_mark_is_refused(broken: Broken) -> None:
    """`!withheld` would mean the same as `withheld`, so it is refused."""
    findings = broken(SCOPE, add(row(when="category=!withheld")))
    assert [(finding.line, "`withheld`" in finding.message) for finding in findings] == [
        (place_of_next_line(SCOPE), True)
    ]


@pytest.mark.parametrize(
    ("when", "fact", "word"),
    [
        ("organisation=processors|unlisted", "organisation", "unlisted"),
        ("organisation=processors|statistiek_vlaanderen", "organisation", "statistiek_vlaanderen"),
        ("organisation=processors; phase=register|passive", "phase", "passive"),
        ("organisation=processors; role=register|nurse", "role", "nurse"),
        ("role=client_manager; category=profile|judicial", "category", "judicial"),
        ("purpose=own|archive", "purpose", "archive"),
    ],
)
def test_a_word_beside_a_special_word_is_refused_or_kept(folder: Path, when: str, fact: str, word: str) -> None:
    """A word that stands beside `register`, `profile`, `own` or a register is never dropped in silence."""
    outcome = attempt(folder, NEED, add(row(when=when)))
    if isinstance(outcome, PolicyError):
        assert {(finding.path, finding.line) for finding in outcome.findings} == {(NEED, place_of_next_line(NEED))}
    else:
        assert any(word in made.conditions[fact] for made in outcome.rules()["NX-EXTRA"])


def test_not_profile_beside_a_word_leaves_that_word_out(folder: Path) -> None:
    """`!profile|health` means neither the profile nor health, for every role; or it is refused."""
    outcome = attempt(folder, NEED, add(row(when="category=!profile|health")))
    if isinstance(outcome, PolicyError):
        assert {(finding.path, finding.line) for finding in outcome.findings} == {(NEED, place_of_next_line(NEED))}
    else:
        assert not any("health" in made.conditions["category"] for made in outcome.rules()["NX-EXTRA"])


def test_register_as_an_obligation_of_a_rule_without_a_register_is_refused(broken: Broken) -> None:
    """The obligation `register` stands for those of an entry, so a rule without one cannot have it."""
    refused_row(broken, row(obligations="register"), "register", "`register`")


def test_every_row_speaks_of_the_facts_of_its_table_only() -> None:
    """No row of the shipped policy has a condition that the engine would overlook."""
    policy = load_policy(PROJECT / "policies", models=PROJECT / "models")
    for table in policy.tables.values():
        for made in table.rows:
            assert set(made.conditions) <= set(table.columns), made.id
            assert all(made.conditions.values()), made.id


def test_a_deciding_clause_that_no_rule_cites_is_refused(broken: Broken, folder: Path) -> None:
    """A clause that decides must decide somewhere."""
    path = "clauses.yaml"
    findings = broken(path, swap("level: informs", "level: decides"))
    line, column = place(folder, path, "KG-GEN-1:")
    only(findings, path, line, column, "no rule cites `KG-GEN-1`, which decides", "cite it in a rule")


# -- YAML -------------------------------------------------------------------------------------------------


def test_a_duplicate_yaml_key_is_refused(broken: Broken, folder: Path) -> None:
    """A word that is written twice is refused; YAML would silently keep the last."""
    findings = broken(ACTIONS, swap("search: {nl", "read: {nl"))
    line, column = place(folder, ACTIONS, "read: {nl: opzoeken")
    only(findings, ACTIONS, line, column, "duplicate key `read`", "keep one of them")


def test_a_duplicate_yaml_key_deeper_down_is_refused(broken: Broken, folder: Path) -> None:
    """A field that is written twice is refused too."""
    findings = broken(ACTIONS, swap("read: {nl: lezen, ", "read: {nl: lezen, nl: inzien, "))
    line, column = place(folder, ACTIONS, "nl: inzien")
    only(findings, ACTIONS, line, column, "duplicate key `nl`", "keep one of them")


def test_a_yaml_alias_is_refused(broken: Broken, folder: Path) -> None:
    """An anchor and its alias are refused, each at its place, so that every value stands where it is used."""

    def alias(data: bytes) -> bytes:
        text = data.decode().replace("{nl: lezen, en: read}", "&same {nl: lezen, en: read}")
        return text.replace("{nl: opzoeken, en: search}", "*same").encode()

    findings = broken(ACTIONS, alias)
    assert findings == tuple(
        Finding(
            ACTIONS, *place(folder, ACTIONS, sign), "the anchor or alias `same` is not allowed", "write the value out"
        )
        for sign in ("&same", "*same")
    )


def test_a_yaml_alias_as_a_key_is_refused(broken: Broken, folder: Path) -> None:
    """An alias is refused as a key too, beside the anchor that it repeats."""

    def alias(data: bytes) -> bytes:
        return data.replace(b"read: {nl: lezen, en: read}", b"read: {nl: &word en, *word : read}")

    findings = broken(ACTIONS, alias)
    assert findings == tuple(
        Finding(
            ACTIONS, *place(folder, ACTIONS, sign), "the anchor or alias `word` is not allowed", "write the value out"
        )
        for sign in ("&word", "*word")
    )


@pytest.mark.parametrize("tag", ["!mine", "!!python/name:os.system", "!!binary", "!!str", "!!set", "!<tag:x,2019:y>"])
def test_a_yaml_tag_is_refused(broken: Broken, folder: Path, tag: str) -> None:
    """A tag is refused, the standard ones too, since it changes what a value is."""
    findings = broken(ACTIONS, swap("nl: lezen", f"nl: {tag} lezen"))
    line, column = place(folder, ACTIONS, f"{tag} lezen")
    assert [(finding.path, finding.line) for finding in findings] == [(ACTIONS, line)]
    assert "tag" in findings[0].message
    assert findings[0].column in {column, column + len(tag) + 1}


def test_a_yaml_tag_on_a_key_is_refused(broken: Broken) -> None:
    """A tag on a key is refused too."""
    findings = broken(ACTIONS, swap("read: {", "!mine read: {"))
    assert ["`!mine`" in finding.message for finding in findings] == [True]


def test_a_yaml_syntax_error_has_its_place(broken: Broken) -> None:
    """A file that is not YAML is refused with line and column."""
    findings = broken(ACTIONS, swap("en: read}", "en: read"))
    assert [(finding.path, "the file is not YAML" in finding.message) for finding in findings] == [(ACTIONS, True)]
    assert findings[0].line > 0


def test_a_second_yaml_document_is_refused(broken: Broken) -> None:
    """A file holds one document, and what comes after it is not ignored."""
    findings = broken(ACTIONS, add("---\nread: {nl: a, en: b}"))
    assert ["the file is not YAML" in finding.message for finding in findings] == [True]


@pytest.mark.parametrize("data", [b"- read\n- search\n", b"read\n", b"'text'\n"], ids=["list", "word", "text"])
def test_a_yaml_file_that_is_no_mapping_is_refused(broken: Broken, data: bytes) -> None:
    """A file of another shape is refused."""
    findings = broken(ACTIONS, whole(data))
    assert {finding.path for finding in findings} == {ACTIONS}


def test_deep_nesting_is_refused(broken: Broken) -> None:
    """A file that nests without end is a finding, not a crash of the interpreter."""
    findings = broken(ACTIONS, whole(b"read: " + b"[" * 5000 + b"]" * 5000))
    assert {finding.path for finding in findings} == {ACTIONS}


@pytest.mark.parametrize(
    ("path", "old", "wrong", "right"),
    [
        (ROLES, "  standing: service_staff\n", "standng", "standing"),
        ("vocabulary/services.yaml", "  own_purpose: childcare\n", "own_purpse", "own_purpose"),
        (PROCESSORS, "  purpose: communication\n", "purpos", "purpose"),
        ("registers/recipients.yaml", "  clauses: [KG-REC-3a]\n", "clause", "clauses"),
        ("reasons.yaml", "  disclosure: hide\n", "disclosures", "disclosure"),
        ("clauses.yaml", "  level: informs\n", "levl", "level"),
    ],
)
def test_an_unknown_yaml_key_is_refused(
    broken: Broken, folder: Path, path: str, old: str, wrong: str, right: str
) -> None:
    """A misspelt field is named with the one that was meant, beside the one that is now missing."""
    findings = broken(path, swap(old, old.replace(right, wrong)))
    line, column = place(folder, path, old.replace(right, wrong).strip("\n"), wrong)
    assert Finding(path, line, column, f"unknown key `{wrong}`", f"did you mean `{right}`?") in findings
    assert [finding.message for finding in findings if finding.line != line] == [f"the key `{right}` is missing"]


@pytest.mark.parametrize(
    ("path", "old", "entry", "key"),
    [
        ("vocabulary/services.yaml", "  own_purpose: childcare\n", "childcare:\n", "own_purpose"),
        (ROLES, "  standing: service_staff\n", "nurse:\n", "standing"),
        (PROCESSORS, "  purpose: communication\n", "ldv_united:\n", "purpose"),
    ],
)
def test_a_missing_yaml_key_is_refused(broken: Broken, folder: Path, path: str, old: str, entry: str, key: str) -> None:
    """A field that must be there is named at the entry that lacks it."""
    findings = broken(path, swap(old, ""))
    line, column = place(folder, path, entry)
    only(findings, path, line, column, f"the key `{key}` is missing")


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        (PROCESSORS, "caller_verified: true", "caller_verified: 'true'", "caller_verified"),
        (PROCESSORS, "caller_verified: true", "caller_verified: yes", "caller_verified"),
        (PROCESSORS, "caller_verified: true", "caller_verified: 1", "caller_verified"),
        (PROCESSORS, "categories: [eye_screening]", "categories: eye_screening", "categories"),
        (ROLES, "profile: whole_list", "profile: whole_lst", "profile"),
        (ROLES, "profile: whole_list", "profile: true", "profile"),
        ("vocabulary/services.yaml", "in_force_from: '2019-01-01'", "in_force_from: 2019", "in_force_from"),
        ("vocabulary/services.yaml", "in_force_from: '2019-01-01'", "in_force_from: '2019-02-30'", "in_force_from"),
        ("vocabulary/services.yaml", "in_force_from: '2019-01-01'", "in_force_from: '01-01-2019'", "in_force_from"),
        ("vocabulary/services.yaml", "in_force_from: '2019-01-01'", "in_force_from: 2019-W01-1", "in_force_from"),
        ("vocabulary/services.yaml", "nl: kinderopvang", "nl: ''", "nl"),
        ("vocabulary/services.yaml", "nl: kinderopvang", "nl: true", "nl"),
        ("vocabulary/services.yaml", "nl: kinderopvang", "nl: null", "nl"),
        ("registers/processors.yaml", "caller_verified: true", "caller_verified: null", "caller_verified"),
        ("vocabulary/services.yaml", "nl: kinderopvang", "nl: ' kinderopvang'", "nl"),
    ],
)
def test_a_yaml_value_of_the_wrong_type_is_refused(
    broken: Broken, folder: Path, path: str, old: str, new: str, key: str
) -> None:
    """Nothing is converted in silence: a text is no yes or no, a number no day, a word no list."""
    findings = broken(path, swap(old, new))
    line, column = place(folder, path, new)
    assert {(finding.path, finding.line, finding.column) for finding in findings} == {(path, line, column)}
    assert any(f"`{key}`" in finding.message for finding in findings)


@pytest.mark.parametrize("word", ["Nurse", "head nurse", "nurse-2", "'*'", "''", "'nurse|'", "'!nurse'"])
def test_a_word_of_another_form_is_refused(broken: Broken, word: str) -> None:
    """A word is small letters, digits and underscores, so that it can never be taken for a sign of a condition."""
    findings = broken(ROLES, swap("nurse:", f"{word}:"))
    assert {finding.path for finding in findings} == {ROLES}


@pytest.mark.parametrize(
    ("path", "old", "new", "word", "key", "help_"),
    [
        (ROLES, "standing: archive", "standing: archiv", "archiv", "standing", "did you mean `archive`?"),
        (ROLES, "standing: archive", "standing: nobody", "nobody", "standing", None),
        (ROLES, "standing: archive", "standing: elsewhere", "elsewhere", "standing", None),
        (ROLES, "    childcare: [identification, national", "    childcar: [identification, national", "childcar",
         "childcar", "did you mean `childcare`?"),
        (ROLES, "childcare: [identification, national", "childcare: [identificatio, national", "identificatio",
         "childcare", "did you mean `identification`?"),
        (ROLES, "childcare: [identification, national", "childcare: [financial, national", "financial",
         "childcare", "keep one of them"),
        ("vocabulary/services.yaml", "own_purpose: childcare", "own_purpose: childcar", "childcar", "own_purpose",
         "did you mean `childcare`?"),
        ("vocabulary/groups.yaml", "  categories: [identification, financial, education, occupation, national",
         "  categories: [identification, finance, education, occupation, national", "finance", "categories",
         "did you mean `financial`?"),
        ("vocabulary/categories.yaml", "part_of: health", "part_of: helth", "helth", "part_of", "did you mean `health`?"),
        ("vocabulary/channels.yaml", "nl: SharePoint, en: SharePoint, counts_as: office365",
         "nl: SharePoint, en: SharePoint, counts_as: office", "office", "counts_as",
         "did you mean `office365`?"),
        (PROCESSORS, "role: helpline_operator", "role: helpline_operater", "helpline_operater", "role",
         "did you mean `helpline_operator`?"),
        (PROCESSORS, "services: [preventive_family_support]", "services: [preventive_family_suport]",
         "preventive_family_suport", "services", "did you mean `preventive_family_support`?"),
        (PROCESSORS, "purpose: communication", "purpose: comunication", "comunication", "purpose",
         "did you mean `communication`?"),
        (PROCESSORS, "categories: [eye_screening]", "categories: [eye_screning]", "eye_screning", "categories",
         "did you mean `eye_screening`?"),
        (PROCESSORS, "obligations: [pseudonymise]", "obligations: [pseudonymize]", "pseudonymize", "obligations",
         "did you mean `pseudonymise`?"),
        (PROCESSORS, "clauses: [KG-PRC-6a]", "clauses: [KG-PRC-6z]", "KG-PRC-6z", "clauses", None),
        ("registers/recipients.yaml", "clauses: [KG-REC-3a]", "clauses: [KG-REC-3z]", "KG-REC-3z", "clauses", None),
        ("reasons.yaml", "clauses: [KG-RGT-7]\n  disclosure: hide", "clauses: [KG-RGT-77]\n  disclosure: hide",
         "KG-RGT-77", "clauses", None),
        ("reasons.yaml", "disclosure: hide", "disclosure: hidden", "hidden", "disclosure", "did you mean `hide`?"),
        ("clauses.yaml", "level: informs", "level: inform", "inform", "level",
         "did you mean `informs`?"),
    ],
)  # fmt: skip
def test_an_unknown_word_in_a_reference_is_refused(
    broken: Broken, folder: Path, path: str, old: str, new: str, word: str, key: str, help_: str | None
) -> None:
    """A role, standing, category, service, purpose, obligation or clause that is referred to must exist, once."""
    findings = broken(path, swap(old, new))
    text = (folder / "policies" / path).read_text(encoding="utf-8")
    line = text.count("\n", 0, text.index(new.strip()) + new.strip().index(word)) + 1
    assert findings
    assert {finding.path for finding in findings} == {path}
    assert f"`{word}`" in findings[0].message
    assert f"`{key}`" in findings[0].message or word in {"nobody", "elsewhere"}
    assert findings[0].line == line
    if help_ is not None:
        assert findings[0].help == help_


def test_an_unknown_phase_of_a_processor_is_refused(broken: Broken) -> None:
    """A phase of the register is one that the library knows."""
    findings = broken(PROCESSORS, swap("phases: [active]", "phases: [activ]"))
    assert [(finding.path, "`activ`" in finding.message) for finding in findings] == [(PROCESSORS, True)]


@pytest.mark.parametrize(
    ("path", "word", "wrong"),
    [
        ("reasons.yaml", "not_preserved", "not_preservd"),
        ("vocabulary/obligations.yaml", "four_eyes", "for_eyes"),
        (ACTIONS, "transfer", "transferr"),
        ("vocabulary/phases.yaml", "preserved", "preservd"),
        ("vocabulary/facts.yaml", "relevance", "relevanc"),
    ],
)
def test_missing_and_unknown_words_of_the_library_are_refused(
    broken: Broken, folder: Path, path: str, word: str, wrong: str
) -> None:
    """Every reason, obligation, action, phase and fact has its texts, and no other has."""
    findings = broken(path, swap(f"\n{word}:", f"\n{wrong}:"))
    line, column = place(folder, path, f"{wrong}:")
    assert Finding(path, line, column, f"unknown word `{wrong}`", f"did you mean `{word}`?") in findings
    assert f"no entry for `{word}`" in [finding.message for finding in findings]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    volunteer: {nl: je bent", "    volunter: {nl: je bent", "unknown word `volunter` in `kind`"),
        ("    volunteer: {nl: je bent", "    volunter: {nl: je bent", "no text for `volunteer` in `kind`"),
        ("  word_nl: 'je rol is {word}'\n", "", "`role` needs `word_nl` and `word_en`"),
        (
            "      by: nobody\n      how_nl: Dit werk",
            "      how_nl: Dit werk",
            "`by`, `how_nl` and `how_en` of `staff`",
        ),
    ],
)
def test_the_texts_of_facts_are_complete(broken: Broken, old: str, new: str, message: str) -> None:
    """Every value of a fact has its sentence, and what helps comes whole."""
    findings = broken("vocabulary/facts.yaml", swap(old, new))
    assert {finding.path for finding in findings} == {"vocabulary/facts.yaml"}
    assert any(message in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("path", "word", "entry"),
    [
        (ROLES, "elsewhere", "{nl: x, en: x, standing: no_content}"),
        (ROLES, "nobody", "{nl: x, en: x, standing: no_content}"),
        (ROLES, "register", "{nl: x, en: x, standing: no_content}"),
        ("vocabulary/purposes.yaml", "missing", "{nl: x, en: x}"),
        ("vocabulary/purposes.yaml", "own", "{nl: x, en: x}"),
        ("vocabulary/purposes.yaml", "granted", "{nl: x, en: x}"),
        ("vocabulary/categories.yaml", "missing", "{nl: x, en: x}"),
        ("vocabulary/categories.yaml", "profile", "{nl: x, en: x}"),
        ("vocabulary/categories.yaml", "withheld", "{nl: x, en: x}"),
        ("vocabulary/groups.yaml", "missing", "{nl: x, en: x, categories: []}"),
        ("vocabulary/groups.yaml", "granted", "{nl: x, en: x, categories: []}"),
        ("vocabulary/recipient_types.yaml", "none", "{nl: x, en: x}"),
        ("vocabulary/services.yaml", "all", "{nl: x, en: x, own_purpose: childcare}"),
        ("registers/recipients.yaml", "unlisted", "{nl: x, en: x, clauses: [choice]}"),
        ("registers/recipients.yaml", "none", "{nl: x, en: x, clauses: [choice]}"),
        ("registers/recipients.yaml", "processors", "{nl: x, en: x, clauses: [choice]}"),
        ("registers/recipients.yaml", "recipients", "{nl: x, en: x, clauses: [choice]}"),
    ],
)
def test_a_word_with_a_meaning_of_its_own_is_reserved(
    broken: Broken, folder: Path, path: str, word: str, entry: str
) -> None:
    """A word that rules or facts use for something else cannot be taken as a name."""
    findings = broken(path, add(f"{word}: {entry}"))
    line, column = place(folder, path, f"{word}: {entry}")
    only(findings, path, line, column, f"`{word}` has a meaning of its own", "take another word")


def test_choice_is_no_name_for_a_clause(broken: Broken) -> None:
    """`choice` says that there is no clause, so no clause can be called that."""
    findings = broken("clauses.yaml", add("choice: {place: x, level: informs, nl: x, en: x}"))
    assert [(finding.path, "`choice`" in finding.message) for finding in findings] == [("clauses.yaml", True)]


def test_an_organisation_in_both_registers_is_refused(broken: Broken) -> None:
    """An organisation is a processor or a recipient; one name for two entries is refused."""
    path = "registers/recipients.yaml"
    findings = broken(path, add("gobiquity: {nl: x, en: x, clauses: [choice]}"))
    assert any("`gobiquity`" in finding.message for finding in findings)


def test_a_part_of_a_part_is_refused_or_belongs_to_the_whole(folder: Path) -> None:
    """A category inside a part of health is never left out of a rule on health in silence."""
    path = "vocabulary/categories.yaml"
    outcome = attempt(folder, path, add("retina: {nl: x, en: x, part_of: eye_screening}"))
    if isinstance(outcome, PolicyError):
        assert {finding.path for finding in outcome.findings} == {path}
    else:
        assert "retina" in outcome.vocabulary.with_parts(frozenset({"health"}))


def test_a_category_that_is_part_of_itself_is_refused(broken: Broken) -> None:
    """A category cannot be its own part."""
    findings = broken("vocabulary/categories.yaml", swap("part_of: health", "part_of: eye_screening"))
    assert any("`eye_screening`" in finding.message for finding in findings)


@pytest.mark.parametrize("path", [PROCESSORS, "registers/recipients.yaml"])
def test_an_entry_whose_end_comes_before_its_start_is_refused(broken: Broken, path: str) -> None:
    """A period that ends before it starts is refused, instead of closing the entry in silence."""
    old = "  valid_from: null\n  valid_until: null\n"
    findings = broken(path, swap(old, "  valid_from: 2020-01-01\n  valid_until: 2019-01-01\n"))
    assert [finding.path for finding in findings] == [path]


# -- policy.toml ---------------------------------------------------------------------------------------------


def test_a_toml_syntax_error_has_its_place(broken: Broken, folder: Path) -> None:
    """A head that is not TOML is refused with line and column."""
    findings = broken("policy.toml", swap("break_glass = false", "break_glass = fals"))
    line, column = place(folder, "policy.toml", "break_glass = fals", "fals")
    only(findings, "policy.toml", line, column, "the file is not TOML")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version = "1.0.0"', "version = " + "1" * 5000),
        ('version = "1.0.0"', "version = " + "[" * 5000),
    ],
    ids=["a number of 5000 digits", "deep nesting"],
)
def test_toml_that_breaks_its_parser_is_refused(broken: Broken, old: str, new: str) -> None:
    """What makes the parser of TOML fail in another way is a finding too."""
    findings = broken("policy.toml", swap(old, new))
    assert {finding.path for finding in findings} == {"policy.toml"}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("break_glass = false", 'break_glass = "false"', "break_glass"),
        ("break_glass = false", 'break_glass = ""', "break_glass"),
        ("break_glass = false", "break_glass = 0", "break_glass"),
        ("break_glass = false", "break_glass = 1.0", "break_glass"),
        ('version = "1.0.0"', "version = 1.0", "version"),
        ('name = "kind-en-gezin-need-to-know"', 'name = ""', "name"),
        ("published_on = 2018-05-18", 'published_on = "18 May 2018"', "published_on"),
        ("published_on = 2018-05-18", "published_on = 86400", "published_on"),
        ("published_on = 2018-05-18", "published_on = 86400.0", "published_on"),
        ("published_on = 2018-05-18", 'published_on = "1526601600"', "published_on"),
        ("published_on = 2018-05-18", "published_on = 2018-05-18T00:00:00", "published_on"),
        ("effective_from = 2018-05-25", "effective_from = 86400", "effective_from"),
        ("effective_from = 2018-05-25", "effective_from = 2018-05-25T00:00:00Z", "effective_from"),
    ],
)
def test_a_value_of_the_wrong_type_in_the_head_is_refused(
    broken: Broken, folder: Path, old: str, new: str, key: str
) -> None:
    """A text is no yes or no, and a number, a text or a moment is no day."""
    findings = broken("policy.toml", swap(old, new))
    line, column = place(folder, "policy.toml", new)
    only(findings, "policy.toml", line, column, f"`{key}` is wrong")


def test_an_unknown_key_in_the_head_is_refused(broken: Broken, folder: Path) -> None:
    """A misspelt switch is named with the one that was meant."""
    findings = broken("policy.toml", swap("break_glass = false", "brek_glass = false"))
    line, column = place(folder, "policy.toml", "brek_glass")
    wanted = Finding("policy.toml", line, column, "unknown key `brek_glass`", "did you mean `break_glass`?")
    assert wanted in findings
    assert [finding.message for finding in findings if finding != wanted] == ["the key `break_glass` is missing"]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [("[list_sizes]", "[list_size]", "list_size"), ("break_glass = false", '"brek_glass" = false', "brek_glass")],
    ids=["table", "quoted key"],
)
def test_an_unknown_table_or_quoted_key_in_the_head_is_named(broken: Broken, old: str, new: str, word: str) -> None:
    """A key that is written as a table or between quotes is named as well."""
    findings = broken("policy.toml", swap(old, new))
    assert f"unknown key `{word}`" in [finding.message for finding in findings]


def test_a_wrong_list_size_has_its_place(broken: Broken, folder: Path) -> None:
    """A value inside a table of the head is named, at its line."""
    findings = broken("policy.toml", swap("restricted_list = 8", 'restricted_list = "8"'))
    line, column = place(folder, "policy.toml", "restricted_list =")
    only(findings, "policy.toml", line, column, "`restricted_list`")


@pytest.mark.parametrize("new", ["restricted_lst = 8", "restricted_list = -1"])
def test_a_list_size_is_that_of_a_standing(broken: Broken, new: str) -> None:
    """The size of a list names a known standing and is not negative, or the warning would never come."""
    findings = broken("policy.toml", swap("restricted_list = 8", new))
    assert {finding.path for finding in findings} == {"policy.toml"}


@pytest.mark.parametrize("key", ["break_glass", "effective_from", "version", "name", "controller", "contact"])
def test_a_missing_key_in_the_head_is_refused(broken: Broken, key: str) -> None:
    """Every key of the head must be there; none has a default that could open anything."""

    def without(data: bytes) -> bytes:
        return b"".join(line for line in data.splitlines(keepends=True) if not line.startswith(f"{key} =".encode()))

    findings = broken("policy.toml", without)
    assert [(finding.path, finding.message) for finding in findings] == [("policy.toml", f"the key `{key}` is missing")]


# -- models --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "effect",
    [
        "some(where (p.eft == allow))",
        "!some(where (p.eft == deny))",
        "priority(p.eft) || deny",
        "subjectPriority(p.eft) || deny",
        "some(where (p.eft == allow)) || !some(where (p.eft == deny))",
        "!some(where (p.eft == deny)) && some(where (p.eft == allow))",
        EFFECT + " # reviewed",
        "",
    ],
)
def test_a_model_with_another_effect_is_refused(broken: Broken, folder: Path, effect: str) -> None:
    """Only deny-overrides with default deny is accepted, to the letter."""
    findings = broken(MODEL, swap(f"e = {EFFECT}", f"e = {effect}"))
    text = (folder / MODEL).read_text(encoding="utf-8").split("\n")
    line = next(number for number, written in enumerate(text, start=1) if written.startswith("e ="))
    only(findings, MODEL, line, 0, "the effect is not deny-overrides with default deny", f"write `e = {EFFECT}`")


def matcher_line() -> int:
    """Tell on which line the matcher of the shipped model stands."""
    lines = (PROJECT / MODEL).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if line.startswith("m ="))


@pytest.mark.parametrize(
    "extra",
    [
        "true", "True", "1 == 1", "r.kind == p.kind", "!(r.kind == p.kind)", "r.kind != p.kind", "g(r.kind, p.kind)",
        'r.kind in ("staff")', "r.kind in p.kind", "regexMatch(r.kind, p.kind)", "keyMatch(r.kind, p.kind)",
        "eval(p.kind)", "r.kind >= p.kind", '(p.kind == "**" || r.kind == p.kind)', '(r.kind == "*" || r.kind == p.kind)',
        '(p.kind == "*" or r.kind == p.kind)', '(p.kind == "*" || r.kind == p.standing)', "x = True", "",
    ],
)  # fmt: skip
def test_a_matcher_with_an_extra_conjunct_is_refused(broken: Broken, extra: str) -> None:
    """A condition that is not of the reviewed form is refused, whatever it would do."""
    findings = broken(MODEL, swap(f"{KIND} && ", f"{KIND} && {extra} && "))
    only(findings, MODEL, matcher_line(), 0, f"the matcher has `{extra[:40]}", FORM)
    assert "which is not reviewed" in findings[0].message


@pytest.mark.parametrize("sign", ["||", "and", "&", ";", "#", "; true &&", "# &&", "|| true &&"])
def test_conditions_joined_otherwise_are_refused(broken: Broken, sign: str) -> None:
    """Conditions are joined by `&&`; `||` would open, and after `;` or `#` Casbin would read nothing."""
    findings = broken(MODEL, swap(f"{KIND} && {STANDING}", f"{KIND} {sign} {STANDING}"))
    assert {(finding.path, finding.line) for finding in findings} == {(MODEL, matcher_line())}
    assert any("which is not reviewed" in finding.message and finding.help == FORM for finding in findings)


def test_a_comment_behind_the_matcher_is_refused(broken: Broken) -> None:
    """A comment at the end of the matcher is part of it, hence refused."""
    findings = broken(MODEL, lambda data: data.rstrip(b"\n") + b" # all of it\n")
    assert {(finding.path, finding.line) for finding in findings} == {(MODEL, matcher_line())}


def test_a_matcher_without_a_column_is_refused(broken: Broken) -> None:
    """A column that the matcher does not compare would match anything."""
    findings = broken(MODEL, swap(f"{KIND} && ", ""))
    only(findings, MODEL, matcher_line(), 0, "the matcher has 0 conditions on `kind`", f"write {KIND} once")


def test_a_matcher_with_a_condition_twice_is_refused(broken: Broken) -> None:
    """Each condition stands once."""
    findings = broken(MODEL, swap(f"{KIND} && ", f"{KIND} && {KIND} && "))
    only(findings, MODEL, matcher_line(), 0, "the matcher has 2 conditions on `kind`", f"write {KIND} once")


def test_a_doubled_token_in_the_request_is_refused(broken: Broken, folder: Path) -> None:
    """A fact that stands twice in the request is refused; Casbin would take the last in silence."""
    findings = broken(MODEL, swap("r = kind, ", "r = kind, kind, "))
    line, _ = place(folder, MODEL, "r = kind, kind")
    wanted = Finding(MODEL, line, 0, "the fact `kind` stands there twice", "keep one of them")
    assert wanted in findings


@pytest.mark.parametrize(
    ("fact", "help_"),
    [("knd", "did you mean `kind`?"), ("Kind", "did you mean `kind`?"), ("priority", None), ("eft", None), ("", None)],
)
def test_an_unknown_fact_as_a_column_is_refused(broken: Broken, folder: Path, fact: str, help_: str | None) -> None:
    """A column of a model is a fact that the library computes."""
    findings = broken(MODEL, swap("r = kind, ", f"r = {fact}, "))
    line, _ = place(folder, MODEL, f"r = {fact}, standing")
    found = [finding for finding in findings if f"`{fact}` is no fact of this table" in finding.message]
    assert [(finding.path, finding.line) for finding in found] == [(MODEL, line)]
    if help_ is not None:
        assert found[0].help == help_


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p = id, kind,", "p = id,"),
        ("p = id, kind,", "p = kind,"),
        ("p = id, kind, standing,", "p = id, standing, kind,"),
        (", authorisation, eft", ", authorisation"),
        (", authorisation, eft", ", authorisation, effect"),
        (", authorisation, eft", ", authorisation, Eft"),
        (", authorisation, eft", ", authorisation, eft, eft"),
        (", authorisation, eft", ", authorisation, eft # the effect"),
        (", authorisation, eft", ", authorisation, eft ; the effect"),
    ],
)
def test_a_policy_definition_that_does_not_fit_is_refused(broken: Broken, folder: Path, old: str, new: str) -> None:
    """The columns of a row are `id`, those of the request, and `eft`; without `eft` Casbin lets every row allow."""
    findings = broken(MODEL, swap(old, new))
    text = (folder / MODEL).read_text(encoding="utf-8").split("\n")
    line = next(number for number, written in enumerate(text, start=1) if written.startswith("p ="))
    only(findings, MODEL, line, 0, "`p` does not fit the request")


def test_the_help_on_a_policy_definition_shows_it_whole(broken: Broken) -> None:
    """What would be right is written out, not cut off."""
    right = next(line for line in (PROJECT / MODEL).read_text(encoding="utf-8").split("\n") if line.startswith("p ="))
    (finding,) = broken(MODEL, swap(", authorisation, eft", ", authorisation"))
    assert finding.help == f"write `{right}`"


@pytest.mark.parametrize("section", ["Matchers", "MATCHERS", "matcher", " matchers", "role_definitions", "constraints"])
def test_an_unknown_section_is_refused(broken: Broken, folder: Path, section: str) -> None:
    """A section is known to the letter; Casbin would skip one in another case."""
    findings = broken(MODEL, swap("[matchers]", f"[{section}]"))
    line, column = place(folder, MODEL, f"[{section}]")
    assert Finding(MODEL, 0, 0, "missing `[matchers]`") in findings
    assert any(
        (finding.line, finding.column, finding.message) == (line, column, f"unknown section `{section}`")
        for finding in findings
    )


@pytest.mark.parametrize("section", ["request_definition", "policy_definition", "policy_effect", "matchers"])
def test_a_missing_section_is_refused(broken: Broken, section: str) -> None:
    """Each of the four sections must be there."""

    def without(data: bytes) -> bytes:
        before, after = data.decode().split(f"[{section}]\n")
        return (before + after.split("\n", 1)[1]).encode()

    only(broken(MODEL, without), MODEL, 0, 0, f"missing `[{section}]`")


@pytest.mark.parametrize("key", ["r", "p", "e", "m"])
def test_a_definition_that_stands_twice_is_refused(broken: Broken, key: str) -> None:
    """A second definition is refused; Casbin would let the last one win."""

    def twice(data: bytes) -> bytes:
        lines = data.decode().split("\n")
        number = next(number for number, line in enumerate(lines) if line.startswith(f"{key} ="))
        return "\n".join([*lines[: number + 1], lines[number], *lines[number + 1 :]]).encode()

    findings = broken(MODEL, twice)
    only(findings, MODEL, findings[0].line, 1, f"`{key}` is defined twice", "keep one of them")


def test_a_role_definition_is_refused(broken: Broken, folder: Path) -> None:
    """Models have no roles of Casbin's."""
    findings = broken(MODEL, swap("[policy_effect]", "[role_definition]\ng = _, _\n\n[policy_effect]"))
    line, _ = place(folder, MODEL, "[role_definition]")
    assert [(finding.path, finding.line) for finding in findings] == [(MODEL, line), (MODEL, line + 1)]
    assert "unknown section `role_definition`" in findings[0].message
    assert "`g = _, _`" in findings[1].message


@pytest.mark.parametrize("line", ["m2 = true", "M = true", "matcher", "  # indented", "; a comment", "\\"])
def test_any_other_line_in_a_model_is_refused(broken: Broken, line: str) -> None:
    """A second matcher, a line that continues, or a comment that is none is refused."""
    findings = broken(MODEL, swap("[matchers]\n", f"[matchers]\n{line}\n"))
    assert [(finding.path, finding.line, finding.column) for finding in findings] == [(MODEL, matcher_line(), 1)]
    assert f"unexpected line `{line.strip()}`" in findings[0].message
    assert findings[0].help == "`m = ...` belongs here"


def test_every_model_that_is_accepted_reaches_casbin_in_the_reviewed_form(folder: Path) -> None:
    """Casbin gets a text that the library wrote, not the one in the file."""
    policy = changed(folder, MODEL, lambda data: b"# secret remark\n" + data)
    assert "secret remark" not in policy.tables["need"].model
    assert f"e = {EFFECT}" in policy.tables["need"].model


def with_column(after: str, fact: str) -> Change:
    """Add a column to a model, in the reviewed form."""

    def change(data: bytes) -> bytes:
        text = data.decode().replace(f", {after}", f", {after}, {fact}")
        last = f"r.{after} == p.{after})"
        assert text.count(f", {fact}") == 2
        assert text.count(last) == 1
        return text.replace(last, f'{last} && (p.{fact} == "*" || r.{fact} == p.{fact})').encode()

    return change


def test_a_prohibition_on_a_category_in_the_limits_is_refused_or_counts_for_every_category(folder: Path) -> None:
    """The limits are asked once for a standing, so a column that differs by category is refused or obeyed."""
    path = "models/limits.conf"
    rules = folder / "policies" / LIMITS
    rules.write_bytes(add(row(id="LM-EXTRA", when="category=health"))(rules.read_bytes()))
    outcome = attempt(folder, path, with_column("second_approver", "category"))
    if isinstance(outcome, PolicyError):
        assert path in {finding.path for finding in outcome.findings}
    else:
        assert ask(Guard(outcome), "family_composition")
        assert not ask(Guard(outcome), "family_composition", "health")


@pytest.mark.parametrize("fact", ["role", "link", "deputy", "standing"])
def test_a_scope_that_asks_about_the_person_is_refused_or_obeyed(folder: Path, fact: str) -> None:
    """The scope is asked before any standing is looked at, so a column about a person is refused or works."""
    path = "models/scope.conf"
    outcome = attempt(folder, path, with_column("relevance", fact))
    if isinstance(outcome, PolicyError):
        assert {finding.path for finding in outcome.findings} <= {path, SCOPE}
    else:
        assert ask(Guard(outcome), "health")


# -- all of it, at once --------------------------------------------------------------------------------------


def spoil(folder: Path, *changes: tuple[str, Change]) -> PolicyError:
    """Change several files and give the refusal."""
    for path, change in changes:
        file = folder / path if path.startswith("models/") else folder / "policies" / path
        file.write_bytes(change(file.read_bytes()))
    with pytest.raises(PolicyError) as refusal:
        load(folder)
    return refusal.value


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((ACTIONS, swap("nl: lezen", "nl: ''")), (ROLES, swap("standing: archive", "standng: archive"))),
        ((ACTIONS, swap("nl: lezen", "nl: ''")), ("policy.toml", swap("break_glass = false", "break_glass = 0"))),
        ((NEED, add(row(effect="Deny"))), (SCOPE, add(row(effect="Deny", id="SC-EXTRA")))),
        ((MODEL, swap(EFFECT, "some(where (p.eft == allow))")), (SCOPE, add(row(effect="Deny", id="SC-EXTRA")))),
        (("policy.toml", swap("break_glass = false", "break_glass = 0")), (NEED, add(row().removesuffix(",")))),
        ((ACTIONS, swap("nl: lezen", "nl: ''")), (MODEL, swap(EFFECT, "some(where (p.eft == allow))"))),
    ],
    ids=["YAML YAML", "YAML TOML", "CSV CSV", "model CSV", "TOML CSV", "YAML model"],
)
def test_faults_in_two_files_are_reported_at_once(
    folder: Path, first: tuple[str, Change], second: tuple[str, Change]
) -> None:
    """Who repairs a policy sees everything that is wrong with it, not one fault at a time."""
    refusal = spoil(folder, first, second)
    assert {finding.path for finding in refusal.findings} >= {first[0], second[0]}


def test_faults_on_two_lines_are_reported_at_once(broken: Broken) -> None:
    """Two faults in one file, and two in one line, are all reported."""
    lines = f"{row(effect='Deny', reason='no_reason')}\n{row(id='NX-TWO', when='kind=auditr; link=tam')}"
    findings = broken(NEED, add(lines))
    next_line = place_of_next_line(NEED)
    assert [finding.line for finding in findings] == [next_line, next_line, next_line + 1, next_line + 1]


def test_findings_are_sorted_and_listed_in_the_message(folder: Path) -> None:
    """The findings come in the order of files and lines, and the message counts and lists every one of them."""
    lines = f"{row(effect='Deny', reason='no_reason')}\n{row(id='NX-TWO', when='kind=auditr; link=tam')}"
    refusal = spoil(folder, (SCOPE, add(row(id="SC-EXTRA", effect="Deny"))), (NEED, add(lines)), (LIMITS, add("LM-X")))
    findings = refusal.findings
    assert len(findings) > 5
    assert list(findings) == sorted(findings)
    assert str(refusal).split("\n") == [
        f"the policy is refused, {len(findings)} findings:",
        *(f"  {finding}" for finding in findings),
    ]
    assert len({finding.path for finding in findings}) == 3


def test_one_finding_is_counted_as_one(folder: Path) -> None:
    """The message of a single finding shows its place as file:line:column."""
    refusal = spoil(folder, (NEED, add(row(effect="Deny"))))
    place_ = f"{NEED}:{place_of_next_line(NEED)}:10"
    assert str(refusal) == f"the policy is refused, 1 finding:\n  {place_}: unknown effect `Deny`; did you mean `deny`?"


# -- digests and reloading -------------------------------------------------------------------------------------


def test_loading_twice_gives_the_same_digest(folder: Path) -> None:
    """The digest depends on the text alone, not on the folder or the moment."""
    assert (
        load(folder).digest
        == load(folder).digest
        == load_policy(PROJECT / "policies", models=PROJECT / "models").digest
    )


def test_windows_line_ends_give_the_same_digest_and_the_same_rows(folder: Path) -> None:
    """A checkout with other line ends is the same policy."""
    before = load(folder)
    for path in [*(folder / "policies").rglob("*"), *(folder / "models").rglob("*")]:
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    after = load(folder)
    assert after.digest == before.digest
    assert after.tables == before.tables


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (
            NEED,
            swap("NX-NOBODY,deny,no_task_need,standing=nobody,,", "NX-NOBODY,deny,no_task_need,standing=nobody,log,"),
        ),
        (NEED, swap("no current assignment", "no assignment now")),
        (ACTIONS, swap("nl: lezen", "nl: inzien")),
        ("policy.toml", swap('version = "1.0.0"', 'version = "1.0.1"')),
        ("models/need.conf", lambda data: b"# a remark\n" + data),
    ],
    ids=["rule", "note", "label", "version", "model"],
)
def test_editing_a_file_changes_the_digest(folder: Path, path: str, change: Change) -> None:
    """Any edit of a file that counts gives another digest."""
    before = load(folder).digest
    assert changed(folder, path, change).digest != before


def test_moving_a_line_to_another_file_changes_the_digest(folder: Path) -> None:
    """The digest tells the files apart."""
    before = load(folder).digest
    first, second = folder / "policies" / ACTIONS, folder / "policies" / "vocabulary" / "phases.yaml"
    *rest, last = first.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join(rest))
    second.write_bytes(last + second.read_bytes())
    with pytest.raises(PolicyError):
        load(folder)
    first.write_bytes(b"".join([*rest, last]))
    second.write_bytes(second.read_bytes().removeprefix(last))
    assert load(folder).digest == before


@pytest.mark.parametrize("path", ["scenarios/a.yaml", "need/scenarios.yaml", "README.md", ".hidden", *sorted(BESIDE)])
def test_a_file_beside_the_policy_does_not_change_the_digest(folder: Path, path: str) -> None:
    """Scenarios, readmes and what lint reads stand beside the policy and are not part of it."""
    before = load(folder).digest
    file = folder / "policies" / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"anything")
    assert load(folder).digest == before


MOMENT = datetime(2020, 6, 1, 12, tzinfo=ZoneInfo("Europe/Brussels"))
NURSE = Subject(
    "p-1", kind="staff", assignments=[Assignment(role="nurse", service="preventive_family_support", team="t-1")]
)
FILE = Dossier("d-1", service="preventive_family_support", team="t-1", use=[("2019-01-01", None)])


def ask(guard: Guard, *categories: str) -> bool:
    """Ask whether the nurse may read some categories of the dossier of her team."""
    purpose = "preventive_family_support"
    return bool(
        guard.decide(NURSE, "read", FILE, categories=categories, group="child_and_family", purpose=purpose, at=MOMENT)
    )


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (NEED, add(row(effect="Deny"))),
        (NEED, whole(b"")),
        (ROLES, whole(b"nurse: [")),
        ("policy.toml", whole(b"name = ")),
        (MODEL, swap(EFFECT, "some(where (p.eft == allow))")),
    ],
)
def test_a_guard_whose_reload_fails_keeps_its_policy(folder: Path, path: str, change: Change) -> None:
    """After a reload that is refused the guard decides as before, under the same digest."""
    guard = Guard.load(folder / "policies", models=folder / "models")
    digest = guard.policy.digest
    assert ask(guard, "health")
    assert not ask(guard, "judicial")
    file = folder / path if path.startswith("models/") else folder / "policies" / path
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(PolicyError):
        guard.reload(folder / "policies", models=folder / "models")
    assert guard.policy.digest == digest
    assert ask(guard, "health")
    assert not ask(guard, "judicial")
    assert ask(guard, "family_composition")
    assert not ask(guard, "financial")


def test_a_guard_takes_a_policy_that_is_right(folder: Path) -> None:
    """A reload that is accepted counts from then on."""
    guard = Guard.load(folder / "policies", models=folder / "models")
    assert ask(guard, "health")
    rules = folder / "policies" / NEED
    rules.write_bytes(add(row(when="role=nurse"))(rules.read_bytes()))
    guard.reload(folder / "policies", models=folder / "models")
    assert not ask(guard, "health")


# -- anything at all --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for the property tests, which put each file back after use."""
    folder = tmp_path_factory.mktemp("scratch")
    for name in ("policies", "models"):
        copytree(PROJECT / name, folder / name)
    return folder


def loads_or_is_refused(folder: Path, path: str, data: bytes) -> None:
    """Check that a file either loads or is refused with findings that name files; nothing else may happen."""
    file = folder / path if path.startswith("models/") else folder / "policies" / path
    good = file.read_bytes()
    if data == good:
        return
    try:
        outcome = attempt(folder, path, lambda _: data)
    finally:
        file.write_bytes(good)
    if isinstance(outcome, PolicyError):
        assert outcome.findings
        assert all(finding.path and finding.message for finding in outcome.findings)
    else:
        assert set(outcome.tables) == {"scope", "need", "limits"}
        assert all({made.effect for made in table.rows} == {"permit", "deny"} for table in outcome.tables.values())


CHARACTERS = st.one_of(
    st.sampled_from(",;|=!#\"'\n\r\t *-_aAdDNX0\u200b\ufeff"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_change_of_one_character_in_the_rules_loads_or_is_refused(scratch: Path, data: st.DataObject) -> None:
    """A character put in, left out or replaced anywhere in the need rules never causes anything but a refusal."""
    text = (scratch / "policies" / NEED).read_text(encoding="utf-8")
    position = data.draw(st.integers(0, len(text) - 1))
    how = data.draw(st.sampled_from(["substitute", "insert", "delete"]))
    character = "" if how == "delete" else data.draw(CHARACTERS)
    rest = text[position:] if how == "insert" else text[position + 1 :]
    loads_or_is_refused(scratch, NEED, (text[:position] + character + rest).encode())


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from([*FILES, *MODELS]),
    data=st.one_of(st.binary(max_size=200), st.text(CHARACTERS).map(str.encode)),
)
def test_any_bytes_as_a_file_load_or_are_refused(scratch: Path, path: str, data: bytes) -> None:
    """Random bytes in the place of any one file never cause anything but a refusal."""
    loads_or_is_refused(scratch, path, data)


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from([*FILES, *MODELS]), data=st.data())
def test_any_file_cut_or_spliced_loads_or_is_refused(scratch: Path, path: str, data: st.DataObject) -> None:
    """A file from which a piece is missing, or in which one is doubled, never causes anything but a refusal."""
    file = scratch / path if path.startswith("models/") else scratch / "policies" / path
    good = file.read_bytes()
    first, second = sorted([data.draw(st.integers(0, len(good))), data.draw(st.integers(0, len(good)))])
    doubled = data.draw(st.booleans())
    loads_or_is_refused(scratch, path, good[:second] + good[first:] if doubled else good[:first] + good[second:])
