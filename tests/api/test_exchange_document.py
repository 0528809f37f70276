"""The OpenAPI document keeps its word: whatever a program may send, it is answered as the document says."""

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks
from starlette.applications import Starlette
from starlette.requests import Request

from lk_app import api, clock
from lk_app.api.exchange import DOCUMENT, operations
from lk_app.api.exchange.models import Acknowledged, Runs
from lk_app.api.exchange.operation import Answered, Call, Operation
from lk_app.api.exchange.refusals import Answer, refusal
from lk_app.models import KeyScope
from lk_app.services.exchange import keys
from lk_app.services.exchange.keys import Program
from lk_app.services.exchange.registries import Profile
from lk_app.services.rates import Pace
from lk_app.services.session import writing
from lk_app.settings import ROOT
from tests import attempts, factories
from tests.conftest import forget_settings
from tests.exchange_fixtures import sent

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.ignored_auth,
]
EXAMPLES = 15
"""Requests of each operation: as many as a few seconds allow."""
CONFIG = SchemathesisConfig.from_dict({"seed": 1, "generation": {"deterministic": True, "max-examples": EXAMPLES}})


@pytest.fixture
def key(portal: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A key that may do everything, in a portal with something to tell."""
    # The checks show many wrong keys on purpose.
    monkeypatch.setattr(keys, "WRONG_BY_ADDRESS", Pace(10_000, keys.WRONG_BY_ADDRESS.interval))
    monkeypatch.setenv("LK_REGISTRY_PROFILES", str(ROOT / "deploy" / "registries"))
    forget_settings()
    with writing() as session:
        account = factories.account(session)
        who = factories.consumer(session, account)
        sent(session, factories.meter(session, account, id="M1"), 1_000, id="R1", sent_by=who.user_id)
        attempts.attempt(session, who, account, {"gas": 100, "vdgo": 200})
        return keys.create(session, "billing", set(KeyScope), "lk", clock.now())


SCHEMA = schemathesis.openapi.from_asgi(DOCUMENT, Starlette(routes=api.routes), config=CONFIG)
OPERATIONS = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_answer_is_as_the_document_says(label: str, mode: GenerationMode, key: str) -> None:
    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

    check()


# An answer that is not declared is none.


async def answered(handler: Any, answers: dict[int, Answered]) -> httpx.Response:
    """What a program gets from an operation of ours."""

    async def anybody(request: Request, scopes: tuple[KeyScope, ...]) -> Program:
        return Program(1, "billing", frozenset(KeyScope), None)

    operation = Operation("GET", "/probe", "probe", "Probe.", handler, answers, tuple(KeyScope))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lk_app.api.exchange.operation._program_of", anybody)
        transport = httpx.ASGITransport(Starlette(routes=[api.get("/probe", operation.endpoint)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
            return await client.get("/probe")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(200, Runs(items=[], next=None), {"Location": "/"}), 200),
        (Answer(200, Runs(items=[], next=None)), 500),
        (Answer(200, Acknowledged(told=0, changed=[], unknown=[])), 500),
        (Answer(201, Runs(items=[], next=None), {"Location": "/"}), 500),
    ],
    ids=["as declared", "without a header", "another model", "another status"],
)
async def test_an_answer_otherwise_than_declared_is_a_fault_of_ours(answer: Answer, status: int) -> None:
    async def handler(call: Call) -> Answer:
        return answer

    response = await answered(handler, {200: Answered("Runs.", Runs, {"Location": "The run."})})

    assert response.status_code == status


async def test_a_refusal_that_is_not_declared_is_one_too() -> None:
    async def handler(call: Call) -> Answer:
        raise refusal(418, "teapot", "Чай")

    response = await answered(handler, {200: Answered("Runs.", Runs)})

    assert (response.status_code, response.json()["type"]) == (500, "urn:lk:exchange:portal-failed")


# What people read.

DOCS = (ROOT / "docs" / "exchange.md").read_text("utf-8")


def test_every_operation_stands_in_the_documentation() -> None:
    # «$LK/readings» in an example, or the name of the run in one.
    for operation in operations:
        path = operation.path.replace("{profile}", "sberbank").replace("{id}", "117")
        assert f"$LK{path}" in DOCS or f"`{path}`" in DOCS, operation.path


def test_every_refusal_stands_in_the_documentation() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "lk_app" / "api" / "exchange").glob("*.py"))
    words = set(re.findall(r"refusal\(\s*\d{3}, \"([a-z-]+)\"", source)) | {"content-refused"}

    assert len(words) > 12
    assert {word for word in words if f"`{word}`" not in DOCS} == set()


def test_every_key_of_a_profile_stands_in_the_documentation() -> None:
    keys_ = set(Profile.model_fields) - {"name"}

    assert {key for key in keys_ if f"`{key}`" not in DOCS and f"`[{key}]`" not in DOCS} == set()
