"""No service reads account data without narrowing it to the caller's accounts, or asking for a role of the staff."""

import ast
from pathlib import Path

import pytest

from lk_app.models import Table

SERVICES = Path(__file__).parents[2] / "lk_app" / "services"
SCOPES = {"account_numbers", "appeals_of", "require_role"}

UNSCOPED = {
    "callers.py": "holds the scopes themselves",
    "acquiring": "brings attempts to what bank and billing say, whoever noticed; callers come by `payments`",
    "exchange": "billing is the master of all accounts",
    "demo": "makes the demo company",
    "readings/billing.py": "brings readings to what billing says, whoever loads its package",
    "readings/forgetting.py": "throws photos away with their user, and gives nothing to anybody",
    "readings/machine.py": "moves a reading that its caller has read within their scope",
    "feedback/machine.py": "moves an appeal that its caller has found within their scope",
    "feedback/forgetting.py": "throws all away with their user, and gives nothing to anybody",
    "feedback/conversation.py": "reads an appeal that its caller has found within their scope",
    "notifications/decisions.py": "tells each user of the accounts that are attached to them, which its queries join",
    "notifications/reminders.py": "the same",
    "notifications/answers.py": "tells each user of their own appeals, which its queries join",
    "holders.py": "asked before anybody has proven anything; gives its answers to no caller",
}
"""Folders and modules whose queries are about everybody's data, with the reason."""


def tables_of_account_data() -> set[str]:
    """The model classes whose rows belong to an account: by a column of their own or through another such table."""
    found = {"accounts"}
    while True:
        more = {
            table.name
            for table in Table.metadata.tables.values()
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            break
        found |= more
    # A link or a session names accounts, but its rows belong to a user.
    found -= {"account_links", "user_sessions"}
    return {mapper.class_.__name__ for mapper in Table._sa_registry.mappers if mapper.local_table.name in found}


def unscoped_functions(source: str, tables: set[str]) -> list[str]:
    """Return the functions that select a table of account data without the scope."""
    return [
        function.name
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        and any(reads(call, tables) for call in calls(function))
        and not any(isinstance(call.func, ast.Name) and call.func.id in SCOPES for call in calls(function))
    ]


def calls(function: ast.FunctionDef) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def reads(call: ast.Call, tables: set[str]) -> bool:
    """Say whether a call selects, joins or gets one of the tables, or changes its rows."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    named = {node.id for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Name)}
    return name in {"select", "join", "outerjoin", "select_from", "get", "update", "delete", "exists"} and bool(
        named & tables
    )


def modules() -> list[Path]:
    return [path for path in SERVICES.rglob("*.py") if not is_unscoped(path.relative_to(SERVICES))]


def is_unscoped(path: Path) -> bool:
    return bool({str(path), path.parts[0]} & UNSCOPED.keys())


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.stem)
def test_every_query_about_an_account_is_scoped(module: Path) -> None:
    assert unscoped_functions(module.read_text("utf-8"), tables_of_account_data()) == []


def test_the_tables_of_account_data_are_found() -> None:
    assert tables_of_account_data() == {
        "Account",
        "Appeal",
        "AppealMessage",
        "Attachment",
        "Attempt",
        "AttemptPart",
        "BankMessage",
        "Charge",
        "Concern",
        "Meter",
        "Payment",
        "Posting",
        "Premises",
        "Reading",
        "ReadingDecision",
        "ReadingPhoto",
        "Refund",
        "UntoldAnswer",
        "UntoldDecision",
    }


@pytest.mark.parametrize(
    "query",
    [
        "session.exec(select(Charge))",
        "session.get(Account, number)",
        "session.exec(select(Office).join(Meter))",
        "session.exec(select(func.sum(Payment.amount)))",
        "session.execute(update(Premises))",
    ],
)
def test_a_query_without_the_scope_is_caught(query: str) -> None:
    source = f"def leak(session, who):\n    return {query}\n"

    assert unscoped_functions(source, tables_of_account_data()) == ["leak"]


@pytest.mark.parametrize(
    "body",
    [
        "return session.exec(select(Charge).where(Charge.a.in_(account_numbers(who))))",
        "return session.exec(select(Appeal).where(col(Appeal.id).in_(appeals_of(who))))",
        "require_role(who, Role.OPERATOR); return session.exec(select(Charge))",
    ],
)
def test_a_query_with_the_scope_passes(body: str) -> None:
    source = f"def fine(session, who):\n    {body}\n"

    assert unscoped_functions(source, tables_of_account_data()) == []
