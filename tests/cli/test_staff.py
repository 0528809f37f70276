"""`python -m lk_app staff`: how members come to be, change and go, as an administrator of the system does it."""

import getpass
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image
from sqlmodel import col, select

from lk_app import clock
from lk_app.cli import main
from lk_app.models import Action, AuditEvent, Role, Staff
from lk_app.services import identity
from lk_app.services.places import Place
from lk_app.services.session import reading, writing
from lk_app.services.staff import sessions
from lk_app.settings import settings
from tests import factories

PASSWORD = "трава у дома 42"
CREATE = ("create", "O.Vetrova", "--name", "Ольга  Ветрова", "--role", "operator")

pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture
def cheap_hashes(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "BCRYPT_ROUNDS", 4)


def run(*arguments: str, typed: str | None = None) -> Result:
    """Run a command of `staff`; `typed` is what comes from standard input."""
    return CliRunner().invoke(main, ["staff", *arguments], input=typed)


def member() -> Staff:
    with reading() as session:
        return session.exec(select(Staff)).one()


def logged() -> list[tuple[Action, str, str]]:
    with reading() as session:
        rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
    assert {(row.staff_id, row.address) for row in rows} <= {(None, "")}
    return [(row.action, row.subject, row.detail) for row in rows]


def secret_shown(result: Result) -> str:
    [uri] = re.findall(r"otpauth://totp/\S+", result.output)
    return parse_qs(urlsplit(uri).query)["secret"][0]


def can_enter(password: str, secret: str = "") -> bool:
    now = clock.now()
    with writing() as session:
        attempt = sessions.admit(session, "o.vetrova", Place("203.0.113.7"), now)
        fits = identity.password_fits(password, attempt.candidate)
        return sessions.conclude(session, attempt, fits, pyotp.TOTP(secret).now() if secret else "", now) is not None


def test_a_member_is_created_with_a_password_typed_twice_and_a_key_shown_once() -> None:
    result = run(*CREATE, typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    row = member()
    assert (row.login, row.name, row.role) == ("o.vetrova", "Ольга Ветрова", Role.OPERATOR)
    secret = secret_shown(result)
    assert can_enter(PASSWORD, secret)
    assert not can_enter(PASSWORD)
    assert PASSWORD not in result.output
    assert secret not in row.model_dump_json()
    assert secret not in run("list").output


def test_the_key_comes_as_a_picture_that_holds_its_address() -> None:
    result = run(*CREATE, "--password-stdin", typed=f"{PASSWORD}\n")

    [uri] = re.findall(r"otpauth://totp/\S+", result.output)
    address = urlsplit(uri)
    assert (address.path.rpartition(":")[2], parse_qs(address.query)["issuer"]) == (
        "o.vetrova",
        [settings().company_name],
    )
    assert decoded(result.output) == uri


def decoded(output: str) -> str:
    """Read the QR code of half blocks as a phone does from a dark terminal."""
    halves = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    rows = [line for line in output.splitlines() if line and set(line) <= set(halves)]
    modules = [bytes(halves[character][half] for character in row) for row in rows for half in (0, 1)]
    picture = Image.frombytes("L", (len(modules[0]), len(modules)), b"".join(modules))
    [code] = zxingcpp.read_barcodes(picture.resize((picture.width * 8, picture.height * 8), Image.Resampling.NEAREST))
    return code.text


def test_passwords_that_differ_create_nobody() -> None:
    result = run(*CREATE, typed=f"{PASSWORD}\n{PASSWORD}!\n")

    assert result.exit_code == 1
    assert "Пароли не совпадают" in result.output
    assert run("list").output.startswith("Сотрудников нет")


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (CREATE, "short", "не короче 12 знаков"),
        (CREATE, "", "не короче 12 знаков"),
        (CREATE, "qwerty123456", "слишком известен"),
        (("create", "o_vetrova", "--name", "Ольга", "--role", "operator"), PASSWORD, "латинские буквы"),
        (("create", "o.vetrova", "--name", " ", "--role", "operator"), PASSWORD, "имя и фамилию"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule(arguments: tuple[str, ...], password: str, words: str) -> None:
    result = run(*arguments, "--password-stdin", typed=f"{password}\n")

    assert result.exit_code == 1
    assert words in result.output
    assert logged() == []


def test_an_unknown_role_is_refused() -> None:
    assert run("create", "o.vetrova", "--name", "Ольга", "--role", "boss").exit_code == 2


def test_a_login_is_given_once() -> None:
    run(*CREATE, "--password-stdin", typed=PASSWORD)

    again = run(*CREATE, "--password-stdin", typed=PASSWORD)

    assert again.exit_code == 1
    assert "уже занят" in again.output
    assert "otpauth" not in again.output


def test_role_password_second_factor_and_the_end_of_it() -> None:
    first = secret_shown(run(*CREATE, "--password-stdin", typed=f"{PASSWORD}\n"))

    assert run("role", "o.vetrova", "supervisor").output == "o.vetrova: старший оператор\n"
    assert member().role is Role.SUPERVISOR

    assert run("password", "o.vetrova", "--password-stdin", typed="another good one\n").exit_code == 0
    assert not can_enter(PASSWORD, first)
    second = secret_shown(run("second-factor", "o.vetrova"))
    assert not can_enter("another good one", first)
    assert can_enter("another good one", second)

    assert run("disable", "o.vetrova").exit_code == 0
    assert not can_enter("another good one", second)
    assert re.fullmatch(
        r"o\.vetrova  Ольга Ветрова  старший оператор  второй фактор есть  отключён \d\d\.\d\d\.\d{4}\n",
        run("list").output,
    )

    assert run("enable", "o.vetrova").output == "o.vetrova: снова работает\n"
    assert member().disabled_at is None


def test_a_password_that_a_command_gave_is_a_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def words(output: str) -> str:
        return output.replace("\N{NO-BREAK SPACE}", " ")

    created = run(*CREATE, "--password-stdin", typed=f"{PASSWORD}\n")
    secret = secret_shown(created)
    assert "Пароль действует 3 дня: пусть сотрудник войдёт и нажмёт «Сменить пароль»" in words(created.output)
    until = (clock.now() + timedelta(days=3)).astimezone(settings().zone)
    assert f"первый пароль до {until:%d.%m.%Y}" in run("list").output

    monkeypatch.setenv("LK_FIRST_PASSWORD_DAYS", "7")
    settings.cache_clear()
    assert "7 дней" in words(run("password", "o.vetrova", "--password-stdin", typed=f"{PASSWORD}\n").output)
    in_a_week = clock.now() + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: in_a_week)

    assert "первый пароль истёк" in run("list").output
    with writing() as session:
        attempt = sessions.admit(session, "o.vetrova", Place("203.0.113.7"), in_a_week)
        code = pyotp.TOTP(secret).at(in_a_week)
        assert isinstance(sessions.conclude(session, attempt, True, code, in_a_week), sessions.FirstPasswordOver)


def test_the_last_administrator_stays_one() -> None:
    run(*CREATE, "--password-stdin", typed=f"{PASSWORD}\n")
    run("role", "o.vetrova", "administrator")

    for command in (("disable", "o.vetrova"), ("role", "o.vetrova", "operator")):
        result = run(*command)
        assert result.exit_code == 1
        assert "последний администратор" in result.output
    assert (member().role, member().disabled_at) == (Role.ADMINISTRATOR, None)


def test_the_list_says_whose_second_factor_a_new_secret_key_made_useless(monkeypatch: pytest.MonkeyPatch) -> None:
    run(*CREATE, "--password-stdin", typed=f"{PASSWORD}\n")
    with writing() as session:
        factories.staff(session, "without")
    monkeypatch.setenv("LK_SECRET_KEY", "another key of the portal")
    settings.cache_clear()

    lines = run("list").output.splitlines()

    assert ["не читается" in line for line in lines] == [True, False]
    assert "второго фактора нет" in lines[1]


@pytest.mark.parametrize(
    "command",
    [("role", "nobody", "operator"), ("second-factor", "nobody"), ("disable", "nobody"), ("enable", "nobody")],
)
def test_a_login_nobody_has_is_refused(command: tuple[str, ...]) -> None:
    result = run(*command)

    assert result.exit_code == 1
    assert "Сотрудника с логином nobody нет" in result.output
    assert "otpauth" not in result.output


def test_every_command_is_in_the_audit_log_with_who_ran_it() -> None:
    run(*CREATE, "--password-stdin", typed=f"{PASSWORD}\n")
    run("list")
    run("role", "o.vetrova", "supervisor")
    run("password", "o.vetrova", "--password-stdin", typed=f"{PASSWORD}\n")
    run("second-factor", "o.vetrova")
    run("disable", "o.vetrova")
    run("enable", "o.vetrova")

    by = f"by {getpass.getuser()}"
    assert logged() == [
        (Action.CREATED, "o.vetrova", f"role operator; {by}"),
        (Action.LISTED, "", by),
        (Action.CHANGED, "o.vetrova", f"role operator to supervisor; {by}"),
        (Action.CHANGED, "o.vetrova", f"password; {by}"),
        (Action.CHANGED, "o.vetrova", f"second factor; {by}"),
        (Action.DISABLED, "o.vetrova", by),
        (Action.ENABLED, "o.vetrova", by),
    ]
