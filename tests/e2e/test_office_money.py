"""Money in the back office: a refund by keyboard, a package with faults, and the summary that leads to both."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, select

from lk_app import clock
from lk_app.models import Action, Attempt, AuditEvent, ConcernReason, Refund, RefundState
from lk_app.services.acquiring.concerns import raise_concern
from lk_app.services.demo import company
from tests.bank.running import pay
from tests.e2e.conftest import StartAlone, behind
from tests.e2e.steps import let_in, let_staff_in
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.exchange_fixtures import generated, write_package
from tests.payments.world import GOOD_CARD
from tests.servers import Portal
from tests.waiting import waiting

GAS = "Природный газ"
BROKEN = "billing-with-faults"


@pytest.fixture(scope="module")
def desk(alone: StartAlone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal of this module alone, with a package that was refused and one that was loaded."""
    folder = tmp_path_factory.mktemp("packages")
    rows = {name: [list(line) for line in lines] for name, lines in generated(3, 1).items()}
    rows["accounts.csv"][2][0] = "a word"
    package = write_package(folder / "broken", rows, package=BROKEN)
    with alone("money") as portal:
        with pytest.raises(AssertionError):
            portal.command("exchange", "import", str(package))
        yield portal


@pytest.fixture(scope="module")
def order(desk: Portal, browser: Browser) -> str:
    """The number of an order that the demo consumer has paid at the sandbox's bank, and that needs a person."""
    context = browser.new_context(locale="ru-RU")
    page = context.new_page()
    let_in(page, desk.address)
    page.get_by_role("button", name=f"Оплатить: {GAS}", exact=True).click()
    dialog = page.get_by_role("dialog", name="Оплата онлайн")
    dialog.get_by_label("Сумма").fill("500")
    dialog.get_by_role("button", name="Оплатить", exact=True).click()
    page.wait_for_url(re.compile("/sandbox/bank/"))
    answer = pay(page.url, GOOD_CARD)
    page.goto(str(answer.headers["location"]))
    expect(page.get_by_role("main")).to_contain_text("Оплата прошла")
    number = parse_qs(urlsplit(page.url).query)["order"][0]
    context.close()

    def concern(session: Session) -> None:
        attempt = session.exec(select(Attempt).where(Attempt.order_number == number)).one()
        raise_concern(session, attempt, ConcernReason.STILL_OPEN, clock.now(), "orderStatus 0")

    behind(desk, concern)
    return number


def at_work(page: Page, desk: Portal, login: str = "admin", screen: str = "/office") -> Page:
    let_staff_in(page, desk.address, screen, login)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return page


def reach(page: Page, place: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if place.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def test_a_part_is_given_back_by_keyboard_and_is_seen_to_be_settled(page: Page, desk: Portal, order: str) -> None:
    at_work(page, desk, screen="/office/payments")
    link = page.get_by_role("link", name=order)
    expect(link).to_be_visible()
    reach(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Платёж {order}")
    expect(page.get_by_role("region", name="Что известно")).to_contain_text("66010000017")

    reach(page, page.get_by_role("button", name="Спросить банк"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Банк ответил")).to_be_visible()
    expect(page.get_by_role("region", name="Сообщения банка").last).to_contain_text("Деньги списаны: 500,00 ₽")

    reach(page, page.get_by_role("button", name="Вернуть деньги"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Вернуть деньги")
    reach(page, dialog.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio").nth(1)).to_be_checked()
    reach(page, dialog.get_by_label("Сумма части"))
    page.keyboard.type("120,50")
    reach(page, dialog.get_by_label("Причина"))
    page.keyboard.type("Оплатил дважды")
    reach(page, dialog.get_by_label("Ваш пароль"))
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Пароль не подходит")
    expect(dialog.get_by_label("Причина")).to_have_value("Оплатил дважды")
    reach(page, dialog.get_by_label("Ваш пароль"))
    page.keyboard.press("Control+a")
    page.keyboard.type(company.STAFF_PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").filter(has_text="Деньги возвращены.")).to_be_visible()
    expect(dialog).to_be_hidden()
    refunds = page.get_by_role("region", name="Возвраты").first
    expect(refunds).to_contain_text("120,50 ₽")
    expect(refunds).to_contain_text("возвращено")
    expect(page.get_by_role("heading", name="Возвраты")).to_be_focused()

    def stored(session: Session) -> tuple[int, RefundState, str, int]:
        [refund] = session.exec(select(Refund)).all()
        asked = session.exec(select(AuditEvent).where(AuditEvent.action == Action.REFUND_ASKED)).all()
        return refund.amount, refund.state, refund.asked_by, len(asked)

    assert behind(desk, stored) == (12_050, RefundState.DONE, "admin", 1)


def test_a_concern_is_settled_with_a_note(page: Page, desk: Portal, order: str) -> None:
    at_work(page, desk, screen=f"/office/payments/order?order={order}")
    concerns = page.get_by_role("region", name="Что требует внимания")
    concerns.get_by_role("button", name=re.compile("Снять с контроля: Банк сутки")).click()
    dialog = page.get_by_role("dialog", name="Снять с контроля")
    expect(dialog).to_contain_text("Банк сутки спустя считает заказ открытым")
    dialog.get_by_role("button", name="Снять с контроля").click()
    expect(dialog).to_contain_text("Напишите причину")

    dialog.get_by_label("Что сделано").fill("Банк закрыл заказ")
    dialog.get_by_role("button", name="Снять с контроля").click()

    expect(page.get_by_role("status").filter(has_text="Снято с контроля.")).to_be_visible()
    expect(concerns.get_by_role("button", name=re.compile("Банк сутки"))).to_have_count(0)
    expect(page.get_by_role("heading", name="Что требует внимания")).to_be_focused()


def test_a_payment_is_found_by_its_account(page: Page, desk: Portal, order: str) -> None:
    at_work(page, desk, screen="/office/payments")
    page.get_by_role("searchbox").fill("66010000017")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=order)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Найдено: 1")).to_have_count(1)


def test_a_package_with_faults_shows_them(page: Page, desk: Portal) -> None:
    at_work(page, desk, screen="/office/exchange")
    run = page.get_by_role("row").filter(has_text=BROKEN)
    expect(run).to_contain_text("отклонён")
    run.get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Пакет {BROKEN}")
    fault = page.get_by_role("row").filter(has_text="accounts.csv").first
    expect(fault).to_contain_text("number")
    expect(fault).to_contain_text("Ожидается 11 цифр")


def test_the_list_of_runs_hears_of_a_new_one(page: Page, desk: Portal, tmp_path: Path) -> None:
    at_work(page, desk, screen="/office/exchange")
    page.get_by_label("Итог").select_option("Без изменений")
    expect(page.get_by_role("main")).to_contain_text("Таких запусков нет")

    desk.command("exchange", "export", str(tmp_path / "first"))
    desk.command("exchange", "export", str(tmp_path / "second"))

    # The first may have had nothing to tell either.
    expect(page.get_by_role("row").filter(has_text="в биллинг")).not_to_have_count(0)


def test_the_summary_leads_on_to_what_waits(page: Page, desk: Portal, order: str) -> None:
    behind(desk, lambda session: waiting(session, sent_at=clock.now()) and None)
    at_work(page, desk)
    tiles = page.get_by_role("region", name="Ждёт вас")
    expect(tiles.get_by_role("link", name=re.compile("Показания ждут проверки"))).to_contain_text("1")
    expect(tiles.get_by_role("link", name=re.compile("Последний обмен"))).to_be_visible()
    tiles.get_by_role("link", name=re.compile("Показания ждут проверки")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Очередь показаний")

    page.get_by_role("link", name="Сводка").click()
    table = page.get_by_role("figure", name="Оплата картой")
    table.get_by_text("Показать таблицей").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("500,00")


def test_an_operator_sees_their_own_duties(page: Page, desk: Portal) -> None:
    at_work(page, desk, "operator")
    tiles = page.get_by_role("region", name="Ждёт вас")
    expect(tiles.get_by_role("link")).to_have_count(2)
    expect(tiles).not_to_contain_text("Платежи")
    page.goto(f"{desk.address}/office/payments")
    expect(page.get_by_role("searchbox")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("Требуют внимания")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_is_in_anybodys_way(page: Page, desk: Portal, order: str, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    at_work(page, desk)
    for summary in page.get_by_role("main").locator("summary").all():
        summary.click()
    examine(page)
    for path in (
        "payments",
        f"payments/order?order={order}",
        "payments/order?order=x",
        "exchange",
        "exchange/run?run=1",
    ):
        page.goto(f"{desk.address}/office/{path}")
        examine(page)
    page.goto(f"{desk.address}/office/payments/order?order={order}")
    page.get_by_role("button", name="Вернуть деньги").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Вернуть деньги").click()
    expect(page.get_by_role("alert").filter(has_text="Проверьте")).to_be_visible()
    examine(page)
