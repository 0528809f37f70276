"""What people do on the pages, in words the tests share."""

from playwright.sync_api import Locator, Page

NAME = "Мария Иванова"
PASSWORD = "gaz2026demo"


def sign_in_at(page: Page, address: str = "", name: str = NAME, password: str = PASSWORD) -> None:
    """Sign in from the sign-in page, at another address than the one under test if need be."""
    page.goto(f"{address}/login")
    page.get_by_label("Имя пользователя").fill(name)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()


def division(page: Page, name: str) -> Locator:
    """The card of a division."""
    return page.get_by_role("main").get_by_role("region", name=name)


def account_choice(page: Page) -> Locator:
    """The list of accounts in the left column."""
    return page.get_by_role("combobox", name="Лицевой счёт")
