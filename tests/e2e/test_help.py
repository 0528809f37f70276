"""Help as people use it: searched and read by keyboard, without JavaScript, and on paper."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.steps import division, let_in, tab_to

SMS = "Не приходит SMS с кодом. Что делать?"


def test_an_answer_is_found_and_opened_by_keyboard(page: Page) -> None:
    page.goto("/help")
    tab_to(page, page.get_by_label("Поиск по помощи"))
    page.keyboard.type("не приходят коды")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").filter(has_text="ответ")).to_be_visible()
    expect(page.locator(".found mark").first).to_be_visible()
    expect(page.get_by_label("Поиск по помощи")).to_be_focused()
    tab_to(page, page.get_by_role("link", name=SMS))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/help/faq/?#faq-"))
    expect(summary(page, SMS)).to_be_focused()
    expect(page.get_by_text("Если SIM-карту недавно меняли")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Поиск по помощи")).to_have_value("не приходят коды")


def test_questions_open_where_they_stand(page: Page) -> None:
    page.goto("/help/faq")
    tab_to(page, summary(page, "Где посмотреть квитанцию?"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("Выберите месяц и нажмите «Сформировать».")).to_be_visible()


def test_a_link_to_a_question_opens_it_though_it_is_loaded_later(page: Page) -> None:
    page.goto("/help/faq")
    answer = page.locator("details").filter(has=summary(page, "Пахнет газом. Что делать?"))
    identifier = answer.get_attribute("id")

    page.goto("about:blank")
    page.goto(f"/help/faq#{identifier}")

    expect(answer).to_have_attribute("open", "")
    expect(summary(page, "Пахнет газом. Что делать?")).to_be_focused()
    expect(summary(page, "Пахнет газом. Что делать?")).to_be_in_viewport()
    expect(answer.get_by_role("link", name="104")).to_have_attribute("href", "tel:104")


def test_a_link_within_an_answer_leads_to_its_place_on_another_page(page: Page) -> None:
    page.goto("/help/faq")
    summary(page, "Как вернуть деньги").click()
    page.get_by_role("link", name="порядке возврата").click()

    expect(page.get_by_role("heading", name="Как вернуть деньги")).to_be_focused()
    expect(page.get_by_role("heading", name="Как вернуть деньги")).to_be_in_viewport()


def test_a_search_that_finds_nothing_leads_on(page: Page) -> None:
    page.goto("/help")
    page.get_by_label("Поиск по помощи").fill("абракадабра")
    page.get_by_role("button", name="Найти").click()

    expect(page.get_by_text("ничего не нашлось")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="задайте вопрос")).to_be_visible()


def test_help_is_in_the_menu_of_the_cabinet(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    page.get_by_role("navigation", name="Разделы кабинета", exact=True).get_by_role("link", name="Помощь").click()

    expect(page.get_by_role("heading", name="Помощь", level=1)).to_be_visible()
    expect(page.locator(".menu [aria-current=page]").first).to_have_text("Помощь")


@pytest.fixture
def scriptless(browser: Browser, base_url: str) -> Iterator[Page]:
    """A page without JavaScript."""
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    yield context.new_page()
    context.close()


def test_help_is_read_without_scripts(scriptless: Page) -> None:
    for path, words in (
        ("/help/browser", "Разрешить JavaScript"),
        ("/help/payment", "в течение 14 дней"),
        ("/help/accessibility", "ГОСТ Р 52872-2019"),
        ("/legal/terms", "Предыдущие версии"),
        ("/legal/terms/2026-11-23", "Это прежняя версия"),
    ):
        scriptless.goto(path)
        expect(scriptless.get_by_role("main").get_by_text(words).first).to_be_visible()


def test_the_questions_are_read_without_scripts(scriptless: Page) -> None:
    scriptless.goto("/help/faq")
    scriptless.get_by_role("link", name="Показать все вопросы и ответы").click()

    expect(scriptless.get_by_role("heading", name=SMS)).to_be_visible()
    expect(scriptless.get_by_text("Если SIM-карту недавно меняли")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_offices_are_printed_without_what_paper_has_no_use_for(page: Page, scheme: str) -> None:
    page.goto("/contacts")
    offices = page.locator(".office")
    expect(offices).to_have_count(5)

    page.emulate_media(media="print", color_scheme=scheme)

    expect(offices).to_have_count(5)
    expect(offices.first.get_by_role("heading")).to_be_visible()
    expect(offices.first.get_by_text("Как добраться")).to_be_visible()
    expect(offices.first.get_by_text("выходной").first).to_be_visible()
    for unwanted in ("header", "footer", "button", ".badge"):
        assert not [part for part in page.locator(unwanted).all() if part.is_visible()]
    ink = page.evaluate("getComputedStyle(document.querySelector('.office h2')).color")
    assert ink == "rgb(19, 32, 31)", "paper is light in either theme"


def test_one_office_is_printed_alone(page: Page) -> None:
    page.add_init_script("window.print = () => (window.printed = true)")
    page.goto("/contacts")
    page.get_by_role("button", name="Распечатать: Абонентский участок «Северный»").click()
    page.emulate_media(media="print")

    assert page.evaluate("window.printed")
    expect(page.locator(".office:visible")).to_have_count(1)
    expect(page.locator(".office:visible")).to_contain_text("«Северный»")

    page.evaluate("dispatchEvent(new Event('afterprint'))")

    expect(page.locator(".office:visible")).to_have_count(5)


def test_phones_dial_and_the_account_s_office_is_first(page: Page, base_url: str) -> None:
    let_in(page, base_url)
    expect(division(page, "Природный газ")).to_be_visible()
    page.goto("/contacts")

    first = page.locator(".office").first
    expect(first).to_contain_text("ваша служба")
    expect(first.get_by_role("link").first).to_have_attribute("href", re.compile(r"^tel:\+7\d{10}$"))
    expect(page.locator(".office").last).to_contain_text("Ключевой")


def summary(page: Page, question: str) -> Locator:
    return page.locator("summary").filter(has_text=question)
