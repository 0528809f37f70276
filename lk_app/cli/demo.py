"""`demo`: the invented company «Демогаз»."""

import getpass
import re
import tempfile
import zipfile
from pathlib import Path

import click

from lk_app import clock
from lk_app.cli.exchange import echo_report
from lk_app.models.values import Month
from lk_app.services.demo import company, load
from lk_app.services.demo.calendar import last_closed_month
from lk_app.services.demo.generate import generate
from lk_app.services.errors import ServiceError


class MonthType(click.ParamType[Month]):
    """YYYY-MM."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", str(value), re.ASCII)
        if not found:
            self.fail("ожидается месяц, например 2026-10", param, ctx)
        return Month(int(found[1] + found[2]))


@click.group(help="The invented company «Демогаз».")
def demo() -> None:
    pass


@demo.command(name="generate", help="Write a billing package whose figures add up; the same for the same options.")
@click.option("--accounts", type=click.IntRange(1, 10_000_000), default=load.ACCOUNTS, show_default=True)
@click.option("--seed", type=int, default=load.SEED, show_default=True)
@click.option("--months", type=click.IntRange(1, 120), default=load.MONTHS, show_default=True, help="Closed periods.")
@click.option("--until", type=MonthType(), help="The last closed period, YYYY-MM; the past month by default.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder, or a file NAME.zip.")
def generate_(accounts: int, seed: int, months: int, until: Month | None, out: Path) -> None:
    last = until or last_closed_month(clock.today())
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise click.ClickException(f"{out} уже существует: укажите другое имя.")
    if out.suffix == ".zip":
        with tempfile.TemporaryDirectory(prefix="lk-demo-") as folder:
            generate(Path(folder), accounts, seed, last, months)
            zip_package(Path(folder), out)
    else:
        generate(out, accounts, seed, last, months)
    click.echo(f"Пакет записан: {out}")


def zip_package(folder: Path, out: Path) -> None:
    """Put the files of a folder into a new ZIP."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)


@demo.command(name="load", help="Load the demo company, its user and its staff; done already, it changes nothing.")
def load_() -> None:
    try:
        loaded = load.load_demo(last_closed_month(clock.today()), getpass.getuser(), clock.now)
    except ServiceError as error:
        raise click.ClickException(error.message) from None
    if loaded.report:
        echo_report(loaded.report)
    if loaded.user_created:
        click.echo(f"Создана учётная запись «{company.USER_NAME}», пароль {company.USER_PASSWORD}")
    if loaded.staff_created:
        logins = ", ".join(login for login, _, _ in company.STAFF)
        click.echo(f"Созданы сотрудники {logins}, пароль {company.STAFF_PASSWORD}")
    if not loaded.report and not loaded.user_created and not loaded.staff_created:
        click.echo("Демонстрационная компания уже загружена, ничего не изменилось.")
