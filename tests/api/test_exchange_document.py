"""The OpenAPI document keeps its word: whatever a program may send, it is answered as the document says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app.api.exchange import DOCUMENT
from lk_app.models import KeyScope
from lk_app.services.exchange import keys
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
