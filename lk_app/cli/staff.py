"""`staff`: who works in the back office."""

import getpass
import io
import sys

import click
import segno

from lk_app import clock, formats, logs
from lk_app.cli.refusals import refusals_shown
from lk_app.models import Role
from lk_app.services.callers import Command
from lk_app.services.session import writing
from lk_app.services.staff import members, totp
from lk_app.services.staff.members import ROLES, Member, NewMember, SecondFactor
from lk_app.settings import settings

LOGIN = click.argument("login")
ROLE = click.Choice([role.value for role in Role])
PASSWORD_STDIN = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Take the password from standard input, its first line."
)
SECOND_FACTORS = {
    SecondFactor.NONE: "второго фактора нет",
    SecondFactor.SET: "второй фактор есть",
    SecondFactor.UNREADABLE: "второй фактор не читается: LK_SECRET_KEY сменился, выдайте новый",
}


@click.group(help="Who works in the back office. Every command is kept in the audit log.")
def staff() -> None:
    logs.set_up()


@staff.command(help="Create a member and show the key of their second factor, once.")
@LOGIN
@click.option("--name", required=True, help="First and last name, as colleagues see them.")
@click.option("--role", type=ROLE, required=True)
@PASSWORD_STDIN
def create(login: str, name: str, role: str, from_stdin: bool) -> None:
    with refusals_shown():
        login, name = members.new_login(login), members.new_name(name)
        password_hash = members.new_password_hash(given_password(from_stdin), login)
        new = NewMember(login, name, Role(role), password_hash, totp.new_secret())
        with writing() as session:
            members.create(session, command(), new, clock.now())
    click.echo(f"{login}: создан, {name}, {ROLES[new.role]}")
    echo_first_password()
    echo_second_factor(new.secret, login)


@staff.command(name="list", help="List the members, disabled ones too.")
def list_() -> None:
    with writing() as session:
        found = members.list_members(session, command(), clock.now())
    for member in found:
        click.echo(line_of(member))
    if not found:
        click.echo("Сотрудников нет. Создать: python -m lk_app staff create")


@staff.command(name="role", help="Give a member another role; it counts from their next action on.")
@LOGIN
@click.argument("role", type=ROLE)
def role_(login: str, role: str) -> None:
    with refusals_shown(), writing() as session:
        members.set_role(session, command(), login, Role(role), clock.now())
    click.echo(f"{login}: {ROLES[Role(role)]}")


@staff.command(help="Give a member another password and end their sessions.")
@LOGIN
@PASSWORD_STDIN
def password(login: str, from_stdin: bool) -> None:
    with refusals_shown():
        password_hash = members.new_password_hash(given_password(from_stdin), login)
        with writing() as session:
            members.set_password(session, command(), login, password_hash, clock.now())
    click.echo(f"{login}: пароль изменён, сеансы завершены")
    echo_first_password()


@staff.command(name="second-factor", help="Give a member another key for codes, shown once, and end their sessions.")
@LOGIN
def second_factor(login: str) -> None:
    secret = totp.new_secret()
    with refusals_shown(), writing() as session:
        members.set_second_factor(session, command(), login, secret, clock.now())
    click.echo(f"{login}: второй фактор выдан заново, сеансы завершены")
    echo_second_factor(secret, login)


@staff.command(help="Let a member sign in no more, and end their sessions.")
@LOGIN
def disable(login: str) -> None:
    with refusals_shown(), writing() as session:
        members.disable(session, command(), login, clock.now())
    click.echo(f"{login}: отключён, сеансы завершены")


@staff.command(help="Let a disabled member sign in again, with the password and the key they had.")
@LOGIN
def enable(login: str) -> None:
    with refusals_shown(), writing() as session:
        members.enable(session, command(), login, clock.now())
    click.echo(f"{login}: снова работает")


def command() -> Command:
    """Return who runs this."""
    return Command(getpass.getuser())


def given_password(from_stdin: bool) -> str:
    """Return the password: typed twice without being shown, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Пароль", hide_input=True, type=str)
    if click.prompt("Пароль ещё раз", hide_input=True, type=str) != typed:
        raise click.ClickException("Пароли не совпадают.")
    return typed


def echo_first_password() -> None:
    """Say how long the password is good for that was just given."""
    days = formats.counted(settings().first_password_days, "день", "дня", "дней")
    click.echo(f"Пароль действует {days}: пусть сотрудник войдёт и нажмёт «Сменить пароль»")


def echo_second_factor(secret: str, login: str) -> None:
    """Show a key as an address and as a QR code for the app of a phone."""
    uri, picture = totp.provisioning_uri(secret, login), io.StringIO()
    segno.make(uri, micro=False).terminal(picture, compact=True)
    click.echo("Пусть сотрудник снимет этот код приложением для одноразовых кодов. Больше он показан не будет.")
    click.echo(picture.getvalue())
    click.echo(uri)


def line_of(member: Member) -> str:
    """Return a line of the list."""
    facts = [member.login, member.name, ROLES[member.role], SECOND_FACTORS[member.second_factor]]
    if member.disabled_at:
        facts.append(f"отключён {member.disabled_at.astimezone(settings().zone):%d.%m.%Y}")
    elif member.first_password_until:
        over = clock.now() >= member.first_password_until
        until = f"{member.first_password_until.astimezone(settings().zone):%d.%m.%Y}"
        facts.append("первый пароль истёк" if over else f"первый пароль до {until}")
    return "  ".join(facts)
