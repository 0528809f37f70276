"""What the portal keeps its data in: the database and Redis; and whether the periodic work is done."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from lk_app import models
from lk_app.services.doctor.findings import Finding, Health
from lk_app.services.readiness import Part
from lk_app.services.session import is_sqlite, reading
from lk_app.services.staff import totp
from lk_app.settings import LOOPBACK, Environment, settings

DATABASE, REDIS, CLOCK, WORKER = "база данных", "Redis", "часы", "периодическая работа"
WAYS = "связь с базой и Redis"
RIGHTS = "права в базе"
OWNED = """
SELECT EXISTS (
    SELECT FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE')
)
"""
SECRET_KEY = "секретный ключ"  # noqa: S105 - what it is called

SKEW = timedelta(seconds=5)
"""How far clocks may differ: codes of the second factor and of SMS live by them."""
LATE = timedelta(minutes=10)
LATE_JOBS = "Запустите python -m lk_app worker или верните LK_EMBEDDED_WORKER=true; что мешает, видно в журнале."


def database(part: Part) -> Finding:
    """Say how the database stands, and look into an SQLite file."""
    if part is Part.UNAVAILABLE:
        return Finding(
            DATABASE, Health.ILL, "не отвечает", "Проверьте LK_DATABASE_URL, запущен ли сервер и пускает ли он портал."
        )
    if part is Part.BEHIND:
        return Finding(DATABASE, Health.ILL, "схема старше портала", "Выполните python -m lk_app db upgrade.")
    return _file() if is_sqlite(settings().database_url) else Finding(DATABASE, Health.WELL, "PostgreSQL отвечает")


def _file() -> Finding:
    with reading() as session:
        complaint = session.connection().execute(text("PRAGMA quick_check(1)")).scalar_one()
    if complaint != "ok":
        return Finding(
            DATABASE, Health.ILL, "файл SQLite повреждён", "Остановите портал и восстановите последнюю копию: restore."
        )
    return Finding(DATABASE, Health.WELL, "SQLite, файл цел")


def redis(part: Part | None) -> Finding:
    """Say how Redis stands."""
    if part is None:
        return Finding(REDIS, Health.ABSENT, "не настроен: состояние страниц хранит один процесс")
    if part is not Part.OK:
        return Finding(REDIS, Health.ILL, "не отвечает", "Проверьте LK_REDIS_URL и запущен ли сервер.")
    return Finding(REDIS, Health.WELL, "отвечает")


def rights() -> Iterator[Finding]:
    """Say whether the portal's role owns the tables of PostgreSQL: in production another should."""
    if is_sqlite(settings().database_url):
        return
    with reading() as session:
        owned = session.connection().execute(text(OWNED)).scalar_one()
    if not owned:
        yield Finding(RIGHTS, Health.WELL, "только чтение и запись строк")
    elif settings().env is Environment.PRODUCTION:
        yield Finding(
            RIGHTS, Health.AT_RISK, "портал владеет своими таблицами и может переписать журналы",
            "Дайте таблицам другого владельца: LK_DATABASE_OWNER_URL (docs/operate.md, «Roles in PostgreSQL»).",
        )  # fmt: skip


def secret_key() -> Finding:
    """Say whether anything still needs an earlier secret key, or one that nobody has named."""
    with reading() as session:
        kept = totp.kept_keys(session)
    if kept.unreadable:
        return Finding(
            SECRET_KEY, Health.ILL, f"не читаются вторые факторы, сотрудников: {kept.unreadable}",
            "Назовите прежний ключ в LK_SECRET_KEY_FALLBACKS или выдайте новые: python -m lk_app staff second-factor.",
        )  # fmt: skip
    if kept.earlier:
        return Finding(
            SECRET_KEY, Health.AT_RISK, f"под прежним ключом ещё вторые факторы, сотрудников: {kept.earlier}",
            "Выполните python -m lk_app reencrypt, и лишь потом убирайте ключ из LK_SECRET_KEY_FALLBACKS.",
        )  # fmt: skip
    if settings().secret_key_fallbacks:
        words = "всё под нынешним ключом; LK_SECRET_KEY_FALLBACKS можно убрать через сутки после смены"
        return Finding(SECRET_KEY, Health.WELL, words)
    return Finding(SECRET_KEY, Health.WELL, "всё под нынешним ключом")


def ways() -> Finding:
    """Say whether what goes to the database and to Redis could be read, or answered by another, on the way."""
    database, redis_url = make_url(settings().database_url), urlsplit(settings().redis_url)
    open_ways = []
    if not is_near(database.host) and database.query.get("sslmode") != "verify-full":
        open_ways.append("к LK_DATABASE_URL добавьте ?sslmode=verify-full и sslrootcert")
    if not is_near(redis_url.hostname) and redis_url.scheme != "rediss":
        open_ways.append("LK_REDIS_URL начните с rediss://")
    if not open_ways:
        return Finding(WAYS, Health.WELL, "закрыта или не выходит за эту машину")
    advice = f"Если они не на этой же машине: {'; '.join(open_ways)}."
    return Finding(WAYS, Health.AT_RISK, "идёт по сети открыто, без проверки сертификата", advice)


def is_near(host: str | None) -> bool:
    """Say whether a server is on this machine: by its socket's folder, by loopback, or a file."""
    return not host or host.startswith("/") or host in LOOPBACK


def clock(now: datetime) -> Finding:
    """Compare the clock of this machine with the database server's."""
    if is_sqlite(settings().database_url):
        return Finding(CLOCK, Health.ABSENT, "сравнить не с чем: база на этой же машине")
    with reading() as session:
        theirs: datetime = session.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
    skew = abs(theirs - now)
    words = f"расходятся с сервером базы на {skew.total_seconds():.1f} с"
    if skew > SKEW:
        return Finding(CLOCK, Health.AT_RISK, words, "Включите синхронизацию времени (NTP) на обеих машинах.")
    return Finding(CLOCK, Health.WELL, words)


def worker(now: datetime) -> Finding:
    """Look whether periodic work is done when it is due."""
    try:
        with reading() as session:
            late = _late_jobs(session, now)
    except SQLAlchemyError:
        return Finding(WORKER, Health.ABSENT, "неизвестно: база данных не отвечает")
    if late is None:
        return Finding(WORKER, Health.AT_RISK, "ещё ни разу не выполнялась", LATE_JOBS)
    if late:
        return Finding(WORKER, Health.ILL, f"не выполняется вовремя: {', '.join(late)}", LATE_JOBS)
    return Finding(WORKER, Health.WELL, "выполняется")


def _late_jobs(session: Session, now: datetime) -> list[str] | None:
    jobs = session.exec(select(models.Job).order_by(col(models.Job.name))).all()
    return [job.name for job in jobs if job.next_run_at < now - LATE] if jobs else None
