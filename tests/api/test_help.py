"""The plain page of questions and answers."""

import pytest

from lk_app.services.session import writing
from tests import factories
from tests.api.conftest import BrowserAt

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_it_has_every_published_answer(browser_at: BrowserAt) -> None:
    with writing() as session:
        factories.appeal_type(session)
        factories.faq_entry(session, "Где квитанция?", "1. Откройте **«Взаиморасчёты»**.\n2. [Помощь](/help)")
        factories.faq_entry(session, "Черновик?", "Ещё нет.", published=False)

    response = await browser_at().get("/api/help/faq")

    assert response.status_code == 200
    assert "Где квитанция?" in response.text
    assert "<li>Откройте <b>«Взаиморасчёты»</b>.</li>" in response.text
    assert '<a class="link" href="/help">Помощь</a>' in response.text
    assert "Черновик?" not in response.text


async def test_what_staff_type_is_no_html(browser_at: BrowserAt) -> None:
    with writing() as session:
        factories.appeal_type(session)
        factories.faq_entry(session, "<i>Что?</i>", "<script>alert(1)</script> [x](javascript:alert)")

    page = (await browser_at().get("/api/help/faq")).text

    assert "<script>alert" not in page
    assert "<i>Что" not in page
    assert 'href="javascript' not in page
