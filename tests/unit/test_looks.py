"""Each look of staff at personal data, and each thing they do, leaves a row in the audit log.

Whatever staff can reach is found by reading the source: every function of the services that takes a session and a
caller of the staff, so that one that somebody adds is asked the same. Such a function asks for a role, and it, or
something it calls on its way, keeps a row.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "lk_app"
SERVICES = ROOT / "services"
CALLERS = {"StaffCaller", "Author"}
KEEPS = {"audit.record", "audit.add"}
DOORWAYS = {"in_session", "in_transaction", "in_reading_thread"}

NO_PERSON = "counts, which tell of no person"

SILENT = {
    "readings.inspection.fate_of": "what became of a reading whose look is kept; tells no data of a consumer",
    "office.audit_log.exported": "yields what `admit_export` has kept and let the caller have",
    "staff.sessions.touch": "that the member is there, of the member's own session",
    "staff.sessions.is_over": "the same",
    "staff.passwords.admit": "counts an attempt to give a password; `note_refusal` keeps a wrong one",
    "staff.passwords.confirm": "what the password was given for is kept by itself",
    "staff.passwords.login_of": "the member's own login",
    "staff.passwords.first_password_until": "how long the member's own password lasts",
    "staff.summary.duties_of": NO_PERSON,
    "staff.summary.today": NO_PERSON,
    "staff.summary.by_day": NO_PERSON,
    "readings.queue.standing": NO_PERSON,
    "payments.queue.standing": NO_PERSON,
    "exchange.history.list_runs": "packages and their faults, which quote nobody's data",
    "exchange.history.look": "the same",
    "exchange.history.last_run": "the same",
    "feedback.templates.templates_for": "texts of the company",
    "content.editing.open_list": "the same",
    "content.editing.open_editor": "the same",
    "content.editing.check": "reads what was typed, and stores nothing",
    "content.history.keep": "of an edit that `editing` keeps",
}
"""Functions that keep no row, with the reason."""

UNASKED = {
    "staff.sessions.touch": "of the member's own session, whatever their role",
    "staff.sessions.is_over": "the same",
    "staff.passwords.admit": "the same",
    "staff.passwords.note_refusal": "the same",
    "staff.passwords.confirm": "the same",
    "staff.passwords.login_of": "the same",
    "staff.passwords.first_password_until": "the same",
    "staff.passwords.change": "the same",
    "content.history.keep": "of an edit whose role `editing` has asked for",
}
"""Functions that ask for no role, with the reason."""

Functions = dict[str, ast.FunctionDef]


@cache
def functions() -> Functions:
    """Every function at the top of a module of the services, by module and name."""
    found = {}
    for path in sorted(SERVICES.rglob("*.py")):
        module = ".".join(path.relative_to(SERVICES).with_suffix("").parts)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found[f"{module}.{node.name}"] = node
    return found


def annotations(function: ast.FunctionDef) -> list[str]:
    return [ast.unparse(argument.annotation) for argument in function.args.args if argument.annotation]


def of_staff() -> list[str]:
    """The functions that do something for a caller of the staff, but the log itself; helpers are reached from these."""
    return [
        name
        for name, function in functions().items()
        if not name.startswith("staff.audit.")
        and not name.rpartition(".")[2].startswith("_")
        and annotations(function)[:1] == ["Session"]
        and set(annotations(function)) & CALLERS
    ]


def called(function: ast.AST) -> set[str]:
    """What a piece of source calls, or hands over to be called, as it is written there."""
    return {ast.unparse(node) for node in ast.walk(function) if isinstance(node, (ast.Name, ast.Attribute))}


def reaches(name: str, wanted: set[str], known: Functions, seen: frozenset[str] = frozenset()) -> bool:
    """Say whether a function, or something it calls within the services, calls what is wanted."""
    if name in seen or name not in known:
        return False
    names = called(known[name])
    if names & wanted:
        return True
    module = name.rpartition(".")[0]
    return any(reaches(other, wanted, known, seen | {name}) for word in names for other in meant(word, module, known))


def meant(word: str, module: str, known: Functions) -> list[str]:
    """The functions a word may stand for: one of the same module, or of a module that is called that."""
    own = f"{module}.{word}"
    return [name for name in known if name == own or ("." in word and (f".{name}").endswith(f".{word}"))]


def test_there_is_something_to_look_through() -> None:
    assert {
        "readings.queue.open_queue",
        "readings.deciding.accept",
        "readings.photos.shown_to_staff",
        "office.consumers.find",
        "office.consumer.open_consumer",
        "office.helping.detach",
        "office.audit_log.open_log",
        "staff.members.set_role",
    } <= set(of_staff())


@pytest.mark.parametrize("name", of_staff())
def test_what_staff_see_and_do_is_kept(name: str) -> None:
    assert reaches(name, KEEPS, functions()) is (name not in SILENT)


@pytest.mark.parametrize("name", of_staff())
def test_what_staff_see_and_do_asks_for_their_role(name: str) -> None:
    asks = reaches(name, {"require_role", "onlooker", "_require"}, functions())

    assert asks or name in UNASKED


def test_no_exception_outlives_its_function() -> None:
    assert set(SILENT) | set(UNASKED) <= set(of_staff())


def staff_side() -> list[Path]:
    """The modules of states and routes that are for staff."""
    return [*(ROOT / "state" / "office").glob("*.py"), *(ROOT / "api").glob("office_*.py")]


@pytest.mark.parametrize("module", staff_side(), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_what_only_reads_keeps_nothing_and_is_listed(module: Path) -> None:
    """A reading session can't write: whatever staff reach by one must be listed as silent."""
    for call in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in DOORWAYS - {"in_transaction"}:
            service = ast.unparse(call.args[0])
            known = [name for name in of_staff() if f".{name}".endswith(f".{service}")]
            assert set(known) <= set(SILENT), service


LEAK = """
def leak(session: Session, who: StaffCaller) -> list[Account]:
    {body}

def _keep(session, who):
    audit.record(session, who)
"""


@pytest.mark.parametrize(
    ("body", "keeps"),
    [
        ("return session.exec(select(Account)).all()", False),
        ("require_role(who); return _rows(session)", False),
        ("audit.record(session, who); return []", True),
        ("_keep(session, who); return []", True),
    ],
)
def test_a_look_that_leaves_no_row_is_caught(body: str, keeps: bool) -> None:
    tree = ast.parse(LEAK.format(body=body))
    known = {f"office.leak.{node.name}": node for node in tree.body if isinstance(node, ast.FunctionDef)}

    assert reaches("office.leak.leak", KEEPS, known) is keeps
