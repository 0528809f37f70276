"""How to set up a browser. Can be read without JavaScript."""

import reflex as rx

from lk_app.components.shell import public, sign_in_link
from lk_app.formats import NBSP

el = rx.el


def browser() -> rx.Component:
    """Return the page about JavaScript, cookies and pop-up windows."""
    return public(
        el.h1("Настройка браузера"),
        el.p(
            "Кабинет работает в любом современном браузере: Яндекс Браузере, Google Chrome, Microsoft Edge, "
            "Mozilla Firefox, Safari, Opera. Если страницы открываются не так, как должны, проверьте "
            f"три{NBSP}настройки."
        ),
        el.h2("JavaScript"),
        el.p(
            f"Это язык, на котором написана часть страниц. Без него не видно начислений и{NBSP}не работают кнопки. "
            "Обычно он включён; если нет, откройте настройки браузера и найдите в них слово «JavaScript»:"
        ),
        el.ul(
            el.li("Яндекс Браузер: Настройки → Сайты → Расширенные настройки сайтов → JavaScript → Разрешён."),
            el.li("Chrome, Edge, Opera: Настройки → Конфиденциальность → Настройки сайтов → JavaScript → Разрешить."),
            el.li("Safari на компьютере: Настройки → Безопасность → Разрешить JavaScript."),
            el.li("iPhone и iPad: Настройки → Приложения → Safari → Дополнения → JavaScript."),
            el.li("Firefox: JavaScript включён всегда, кроме случаев, когда его выключили расширением."),
        ),
        el.h2("Cookie"),
        el.p(
            f"Кабинет хранит в{NBSP}браузере одну запись: она подтверждает, что вы вошли, и{NBSP}исчезает "
            "после выхода. Рекламы и слежки в ней нет. Если браузер запрещает cookie, войти не получится:"
        ),
        el.ul(
            el.li("Яндекс Браузер: Настройки → Сайты → Расширенные настройки сайтов → Cookie-файлы → Разрешены."),
            el.li("Chrome, Edge, Opera: Настройки → Конфиденциальность → Файлы cookie → не блокировать все."),
            el.li("Safari: Настройки → Конфиденциальность → снимите «Блокировать все файлы cookie»."),
            el.li("Firefox: Настройки → Приватность и защита → Стандартная защита."),
        ),
        el.h2("Всплывающие окна"),
        el.p(
            f"Документы открываются в{NBSP}отдельной вкладке. Если она не появилась, посмотрите на адресную строку: "
            "значок в её конце предложит разрешить всплывающие окна для этого сайта."
        ),
        el.h2("Если ничего не помогло"),
        el.ul(
            el.li("Обновите браузер до последней версии. Internet Explorer больше не поддерживается."),
            el.li("Откройте кабинет в окне инкогнито: так не мешают расширения."),
            el.li("Попробуйте другой браузер или другое устройство."),
        ),
        # A full load: what was set up meanwhile takes effect.
        el.a("Вернуться в кабинет", href="/", class_name="button secondary", reload_document=True),
        layout="read prose",
        visitor=sign_in_link(),
    )
