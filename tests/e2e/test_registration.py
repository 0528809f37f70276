"""«Регистрация», as a consumer does it: two steps, a code, and everything that can go wrong on the way."""

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.conftest import behind, forget_rates, let_minutes_pass
from tests.e2e.steps import CAPTCHA, NAME, PASSWORD, apply_at, code_sent_to, division, picture, press, sign_in_at
from tests.e2e.test_accessibility import examine
from tests.servers import Portal

pytestmark = pytest.mark.usefixtures("unhurried")

APPLY = "Отправить запрос на регистрацию"
AGAIN = "Отправить код ещё раз"
FINISH = "Завершить регистрацию"
STEP_2 = re.compile("/register/confirm/?$")
ACCOUNTS = [(str(66010000033 + 8 * index), str(9120000003 + index)) for index in range(12)]
"""Numbers and phones of the demo's accounts, one for each test that needs a code."""


def test_a_consumer_registers_and_signs_in(page: Page) -> None:
    account_number, phone = ACCOUNTS[0]
    apply_at(page, "Анна Кузнецова", account_number, f"+7 (912) {phone[3:6]}-{phone[6:8]}-{phone[8:]}")
    press(page, APPLY)

    expect(page).to_have_url(STEP_2)
    expect(page.get_by_role("main")).to_contain_text(
        "Если номер совпадает с указанным в договоре, на него отправлен код"
    )
    expect(page.get_by_role("main")).to_contain_text("+7 912 ••• •• 03")
    code = code_sent_to(page, phone)
    page.get_by_label("Код подтверждения").fill(f"{code[:3]}-{code[3:]}")
    press(page, FINISH)

    expect(page).to_have_url(re.compile("/login"))
    expect(page.get_by_role("status").filter(has_text="Регистрация завершена")).to_be_visible()
    page.get_by_label("Имя пользователя").fill("анна кузнецова")
    page.get_by_label("Пароль", exact=True).fill(PASSWORD)
    press(page, "Войти")
    expect(page.get_by_role("banner")).to_contain_text("Анна Кузнецова")
    expect(division(page, "Природный газ")).to_be_visible()


def test_whether_the_phone_is_the_accounts_cannot_be_seen(page: Page) -> None:
    apply_at(page, "Борис Орлов", ACCOUNTS[1][0], "9120000999")
    press(page, APPLY)

    expect(page).to_have_url(STEP_2)
    expect(page.get_by_role("main")).to_contain_text(
        "Если номер совпадает с указанным в договоре, на него отправлен код"
    )
    page.get_by_label("Код подтверждения").fill("123456")
    press(page, FINISH)
    expect(page.get_by_text("Код не подходит. Проверьте цифры")).to_be_visible()
    expect(page.get_by_label("Код подтверждения")).to_have_value("123456")


def test_errors_stand_under_the_fields_and_in_a_summary_that_leads_to_them(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Имя пользователя").fill("Анна")
    page.get_by_label("Пароль", exact=True).fill("Vq7xplm2")
    page.get_by_label("Подтвердить пароль").fill("Vq7xplm3")
    page.get_by_label("Номер лицевого счёта").fill("123")
    press(page, APPLY)

    summary = page.get_by_role("alert").filter(has_text="Проверьте")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text("Проверьте 5 полей")
    assert summary.get_by_role("link").all_inner_texts() == [
        "Подтвердить пароль: пароли не совпадают",
        "Мобильный телефон: обязательное поле",
        "Номер лицевого счёта: в номере должно быть 11 цифр",
        "Ответ на пример с картинки: обязательное поле",
        "Согласие на обработку данных: подтвердите согласие",
    ]
    summary.get_by_role("link", name="Номер лицевого счёта").click()
    account = page.get_by_label("Номер лицевого счёта")
    expect(account).to_be_focused()
    expect(account).to_have_attribute("aria-invalid", "true")
    expect(account).to_have_accessible_description("11 цифр В номере должно быть 11 цифр")
    expect(page.get_by_label("Пароль", exact=True)).to_have_value("Vq7xplm2")
    expect(page).to_have_url(re.compile("/register/?$"))


def test_a_field_is_checked_as_it_is_left(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Имя пользователя").fill("Анна 2")
    page.get_by_label("Пароль", exact=True).focus()
    expect(page.get_by_text("Только русские и латинские буквы")).to_be_visible()

    page.get_by_label("Имя пользователя").fill("Анна")
    expect(page.get_by_text("Только русские и латинские буквы")).to_have_count(0)
    page.get_by_label("Мобильный телефон").focus()
    page.get_by_label("Номер лицевого счёта").focus()
    page.wait_for_timeout(500)
    expect(page.get_by_text("Обязательное поле")).to_have_count(0)


def test_a_corrected_password_takes_back_the_error_about_its_copy(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Пароль", exact=True).fill("Vq7xplm2")
    page.get_by_label("Подтвердить пароль").fill("Vq7xplm3")
    page.get_by_label("Мобильный телефон").focus()
    expect(page.get_by_text("Пароли не совпадают")).to_be_visible()

    page.get_by_label("Пароль", exact=True).fill("Vq7xplm3")
    page.get_by_label("Мобильный телефон").focus()

    expect(page.get_by_text("Пароли не совпадают")).to_have_count(0)


def test_checking_never_sends_the_captcha(page: Page) -> None:
    checked: list[str] = []
    page.on("request", lambda request: checked.append(request.post_data or "") if "/check" in request.url else None)
    page.goto("/register")
    expect(picture(page)).to_be_visible()
    page.get_by_label("Ответ на пример").fill(CAPTCHA)
    page.get_by_label("Имя пользователя").fill("Анна")
    page.get_by_label("Пароль", exact=True).focus()
    page.wait_for_timeout(500)

    assert len(checked) == 1
    assert "field=name" in checked[0]
    assert "captcha" not in checked[0]


def test_a_slow_press_hits_the_button_though_an_error_comes_meanwhile(page: Page) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/api/registration") else None)
    # A page that is scrolled moves along with what appears above; one that is seen as a whole does not.
    page.set_viewport_size({"width": 1280, "height": 2000})
    # What the portal says of the name waits until the button is pressed.
    held: list[Route] = []
    page.route("**/api/registration/check", lambda route: held.append(route))
    page.goto("/register")
    page.get_by_label("Имя пользователя").fill("Анна 2")
    with page.expect_request("**/api/registration/check"):
        page.get_by_label("Номер лицевого счёта").fill("123")
    expect(picture(page)).to_be_visible()
    button = page.get_by_role("button", name=APPLY)
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 4)
    page.mouse.down()
    held.pop().continue_()
    page.wait_for_timeout(800)
    page.mouse.up()

    expect(page.get_by_role("alert").filter(has_text="Проверьте")).to_be_visible()
    assert len(sent) == 1


def test_going_back_keeps_what_was_typed_but_no_passwords(page: Page) -> None:
    account_number, phone = ACCOUNTS[2]
    apply_at(page, "Вера Павлова", account_number, phone)
    press(page, APPLY)
    page.get_by_role("link", name="Изменить данные").click()

    expect(page.get_by_label("Имя пользователя")).to_have_value("Вера Павлова")
    expect(page.get_by_label("Мобильный телефон")).to_have_value(phone)
    expect(page.get_by_label("Номер лицевого счёта")).to_have_value(account_number)
    expect(page.get_by_label("Пароль", exact=True)).to_have_value("")
    expect(page.get_by_label("Подтвердить пароль")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Имя пользователя")).to_have_value("Вера Павлова")


def test_another_picture_and_its_sound(page: Page) -> None:
    page.goto("/register")
    first = picture(page).get_attribute("src")
    page.get_by_label("Ответ на пример").fill("17")

    press(page, "Другая картинка")
    expect(picture(page)).not_to_have_attribute("src", first or "")
    expect(page.get_by_label("Ответ на пример")).to_have_value("")
    assert picture(page).evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    with page.expect_response(re.compile(r"/api/captcha/[\w-]+\.wav")) as sound:
        press(page, "Прослушать")
    assert sound.value.ok


def test_a_picture_too_old_to_be_answered_is_replaced_in_time(page: Page) -> None:
    page.clock.install()
    page.goto("/register")
    first = picture(page).get_attribute("src") or ""
    page.get_by_label("Ответ на пример").focus()
    expect(picture(page)).to_have_attribute("src", first)
    page.get_by_label("Имя пользователя").focus()
    page.clock.fast_forward("09:30")
    page.get_by_label("Ответ на пример").focus()

    expect(picture(page)).not_to_have_attribute("src", first)


def test_a_wrong_answer_brings_another_picture_and_keeps_the_rest(page: Page) -> None:
    account_number, phone = ACCOUNTS[3]
    apply_at(page, "Глеб Титов", account_number, phone)
    first = picture(page).get_attribute("src")
    page.get_by_label("Ответ на пример").fill("7")
    press(page, APPLY)

    answer = page.get_by_label("Ответ на пример")
    expect(answer).to_be_focused()
    expect(answer).to_have_value("")
    expect(answer).to_have_attribute("aria-invalid", "true")
    expect(picture(page)).not_to_have_attribute("src", first or "")
    expect(page.get_by_label("Пароль", exact=True)).to_have_value(PASSWORD)
    answer.fill(CAPTCHA)
    press(page, APPLY)
    expect(page).to_have_url(STEP_2)


def test_without_a_connection_nothing_is_lost(page: Page) -> None:
    account_number, phone = ACCOUNTS[4]
    apply_at(page, "Дарья Белова", account_number, phone)
    page.route("**/api/registration", lambda route: route.abort())
    press(page, APPLY)

    expect(page.get_by_role("alert").filter(has_text="Нет связи с порталом")).to_be_in_viewport()
    page.unroute("**/api/registration")
    press(page, APPLY)
    expect(page).to_have_url(STEP_2)


def test_a_taken_name_is_told_after_the_code_only(page: Page) -> None:
    account_number, phone = ACCOUNTS[5]
    apply_at(page, NAME.upper(), account_number, phone)
    press(page, APPLY)
    expect(page).to_have_url(STEP_2)
    expect(page.get_by_role("main")).not_to_contain_text("занято")
    examine(page)
    page.get_by_label("Код подтверждения").fill(code_sent_to(page, phone))
    press(page, FINISH)

    expect(page.get_by_role("main")).to_contain_text(f"Код верный. Имя «{NAME.upper()}» уже занято")
    expect(page.get_by_label("Код подтверждения")).to_have_count(0)
    examine(page)
    page.get_by_label("Имя пользователя").fill(NAME)
    press(page, FINISH)
    expect(page.get_by_label("Имя пользователя")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Имя пользователя").fill("Мария Вторая")
    press(page, FINISH)

    expect(page).to_have_url(re.compile("/login"))
    sign_in_at(page, name="Мария Вторая")
    expect(page.get_by_role("banner")).to_contain_text("Мария Вторая")


def test_the_browsers_way_back_leads_to_step_1_as_it_was(page: Page) -> None:
    account_number, phone = ACCOUNTS[9]
    apply_at(page, "Нина Белова", account_number, phone)
    press(page, APPLY)
    expect(page).to_have_url(STEP_2)

    page.go_back()

    expect(page).to_have_url(re.compile("/register/?$"))
    expect(page.get_by_label("Имя пользователя")).to_have_value("Нина Белова")
    expect(page.get_by_label("Мобильный телефон")).to_have_value(phone)


def test_an_error_found_on_leaving_a_field_can_be_heard(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Имя пользователя").fill("maria2026")
    page.keyboard.press("Tab")

    error = page.locator("#name-error")
    expect(error).to_contain_text("Только русские и латинские буквы")
    expect(error).to_have_attribute("aria-live", "polite")
    press(page, APPLY)
    expect(page.get_by_role("alert").filter(has_text="Проверьте")).to_be_focused()
    expect(error).not_to_have_attribute("aria-live", "polite")


def test_the_time_until_another_code_runs_down(page: Page) -> None:
    page.clock.install()
    account_number, phone = ACCOUNTS[6]
    apply_at(page, "Егор Зимин", account_number, phone)
    press(page, APPLY)

    waiting = page.get_by_text("Отправить код ещё раз можно через")
    expect(waiting).to_contain_text(re.compile(r"1:00|0:5\d"))
    again = page.get_by_role("button", name=AGAIN)
    expect(again).to_be_hidden()
    page.clock.fast_forward(30_000)
    expect(waiting).to_contain_text(re.compile(r"0:[23]\d"))
    page.clock.fast_forward(31_000)
    expect(waiting).to_be_hidden()
    expect(again).to_be_visible()


def test_another_code_replaces_the_first(page: Page, portal: Portal) -> None:
    account_number, phone = ACCOUNTS[7]
    apply_at(page, "Жанна Рогова", account_number, phone)
    press(page, APPLY)
    expect(page).to_have_url(STEP_2)
    first = code_sent_to(page, phone)
    behind(portal, lambda session: let_minutes_pass(session, phone, 2))
    page.reload()
    press(page, AGAIN)
    expect(page.get_by_role("alert").filter(has_text="Слишком много попыток")).to_be_visible()
    behind(portal, forget_rates)
    press(page, AGAIN)

    expect(page.get_by_role("status").filter(has_text="отправлен новый код")).to_be_visible()
    expect(page.get_by_label("Код подтверждения")).to_be_focused()
    expect(page.get_by_text("Отправить код ещё раз можно через")).to_be_visible()
    second = code_sent_to(page, phone, but=first)
    page.get_by_label("Код подтверждения").fill(first)
    press(page, FINISH)
    expect(page.get_by_text("Код не подходит")).to_be_visible()
    page.get_by_label("Код подтверждения").fill(second)
    press(page, FINISH)
    expect(page).to_have_url(re.compile("/login"))


def test_an_expired_code_says_so_at_once(page: Page, portal: Portal) -> None:
    account_number, phone = ACCOUNTS[8]
    apply_at(page, "Зоя Ланская", account_number, phone)
    press(page, APPLY)
    expect(page).to_have_url(STEP_2)
    behind(portal, lambda session: let_minutes_pass(session, phone, 11))
    page.reload()

    expect(page.get_by_role("main")).to_contain_text("Прежний код устарел")


def test_step_2_without_a_request_leads_to_step_1(page: Page) -> None:
    page.goto("/register/confirm")

    expect(page.get_by_role("main")).to_contain_text("Нет запроса, который ждёт кода")
    page.get_by_role("link", name="Начать регистрацию").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Регистрация")
    expect(picture(page)).to_be_visible()


def test_the_whole_way_by_keyboard_on_a_phone(page: Page) -> None:
    account_number, phone = ACCOUNTS[11]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/register")
    expect(picture(page)).to_be_visible()
    for label, typed in (
        ("Имя пользователя", "Иван Лукин"),
        ("Пароль", PASSWORD),
        ("Подтвердить пароль", PASSWORD),
        ("Мобильный телефон", phone),
        ("Номер лицевого счёта", account_number),
        ("Ответ на пример с картинки", CAPTCHA),
    ):
        tab_to(page, label)
        page.keyboard.type(typed)
    tab_to(page, "Даю согласие на обработку персональных данных")
    page.keyboard.press("Space")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.keyboard.press("Enter")

    expect(page).to_have_url(STEP_2)
    tab_to(page, "Код подтверждения")
    page.keyboard.type(code_sent_to(page, phone))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login"))


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the field has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        named = "document.activeElement.labels?.[0]?.textContent.replace(' (в новой вкладке)', '') ?? ''"
        if page.evaluate(named) == label:
            return
    raise AssertionError(f"«{label}» cannot be reached by Tab")


def test_whoever_is_signed_in_has_nothing_to_do_here(page: Page) -> None:
    sign_in_at(page)
    expect(division(page, "Природный газ")).to_be_visible()
    for path in ("/register", "/register/confirm", "/recover", "/recover/confirm"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Взаиморасчёты")
