"""The frame of office pages: the open section, the menu of sections, and who works here."""

from dataclasses import dataclass

import reflex as rx

from lk_app.components.controls import NativeForm
from lk_app.components.icons import brand_mark, icon
from lk_app.components.notices import browser_notices
from lk_app.components.shell import main, skip_link
from lk_app.models import Role
from lk_app.services.staff import duties
from lk_app.state.access import IdentityState

el = rx.el


@dataclass(frozen=True)
class Section:
    """A part of the office: its name, its address, and whom it is for."""

    name: str
    address: str
    roles: tuple[Role, ...]

    def has(self, address: str) -> bool:
        """Say whether a screen belongs to the section."""
        return f"{address}/".startswith(f"{self.address}/")


SECTIONS = (
    Section("Сводка", "/office", duties.EVERYBODY),
    Section("Показания", "/office/readings", duties.READINGS),
    Section("Обращения", "/office/appeals", duties.APPEALS),
    Section("Потребители", "/office/consumers", duties.CONSUMERS),
    Section("Платежи", "/office/payments", duties.PAYMENTS),
    Section("Материалы", "/office/content", duties.CONTENT),
    Section("Обмен", "/office/exchange", duties.EXCHANGE),
    Section("Сотрудники", "/office/members", duties.MEMBERS),
    Section("Журнал", "/office/audit", duties.AUDIT),
)


def office(current: str, *content: rx.Component) -> rx.Component:
    """Return a page of the office; `current` is the address of its section, or of a screen within it."""
    return office_frame(
        section_of(current).name, sections(current), member(), body=main(*content, class_name="wrap workplace")
    )


def section_of(address: str) -> Section:
    """Return the section a screen belongs to; the first one holds nothing but its own screen."""
    return max((section for section in SECTIONS if section.has(address)), key=lambda section: len(section.address))


def office_entrance(subtitle: str, *content: rx.Component) -> rx.Component:
    """Return a page of the office for whoever is not in a section yet; `subtitle` stands in place of its name."""
    return office_frame(subtitle, body=main(*content, class_name="wrap entrance"))


def office_frame(subtitle: str, *beside: rx.Component, body: rx.Component) -> rx.Component:
    """Return the whole page around its body; `beside` stands in the header after the brand."""
    return rx.fragment(
        skip_link(),
        el.div(
            el.header(
                browser_notices(),
                el.div(brand(subtitle), *beside, class_name="wrap"),
                class_name="header",
            ),
            body,
            class_name="page desk",
        ),
    )


def brand(subtitle: str) -> rx.Component:
    """Return the brand, which leads to the first screen."""
    return el.a(
        brand_mark(),
        el.span(el.b("Рабочее место оператора"), el.small(subtitle)),
        href="/office",
        class_name="brand",
    )


def sections(current: str) -> rx.Component:
    """Return the menu of the sections that are for whoever is signed in."""
    return el.nav(
        *(rx.cond(is_for_member(section), section_link(section, current)) for section in SECTIONS),
        class_name="sections",
        aria_label="Разделы рабочего места",
    )


def is_for_member(section: Section) -> rx.Var[bool]:
    return has_role(section.roles)


def has_role(roles: tuple[Role, ...]) -> rx.Var[bool]:
    """Say whether whoever is signed in has one of these roles: others are not shown what they can't do."""
    return rx.Var.create([role.value for role in roles]).contains(IdentityState.staff_post)


def section_link(section: Section, current: str) -> rx.Component:
    here = {"aria_current": "page"} if section is section_of(current) else {}
    return el.a(section.name, href=section.address, **here)


def member() -> rx.Component:
    """Return who is signed in, with their role, and the door."""
    return rx.cond(
        IdentityState.staff_name != "",
        NativeForm.create(
            el.span(el.b(IdentityState.staff_name), el.small(IdentityState.staff_role), class_name="member"),
            el.button(icon("door"), type="submit", class_name="icon-button", aria_label="Выйти", title="Выйти"),
            action="/api/office/session/end",
            method="post",
            class_name="who",
        ),
    )
