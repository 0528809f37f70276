"""Whatever a program sends is loaded once under the name it has given it, however often it sends it.

The name and the run are noted in one transaction, before the run begins. What was refused is answered the same again;
what the portal failed at, or was killed at, may be tried again under the same name.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Direction, ExchangeRun, IdempotencyKey, Outcome
from lk_app.services.errors import ServiceError
from lk_app.services.exchange import keys, runs
from lk_app.services.exchange.keys import Program
from lk_app.services.inserting import insert_into


@dataclass(frozen=True)
class Sent:
    """What was sent: by whom, under which name, and SHA-256 of where and what, in hex; `package` for staff to read."""

    program: Program
    key: str
    digest: str
    package: str


@dataclass(frozen=True)
class Claim:
    """The run that what was sent is, or has become; one that `is_new` the caller has to carry out."""

    run_id: int
    is_new: bool


class OtherContent(ServiceError):
    """Something else was sent under this name before."""

    def __init__(self) -> None:
        super().__init__("С этим Idempotency-Key уже отправлено другое. Возьмите новый ключ.")


class UnderWay(ServiceError):
    """What was sent under this name is being loaded."""

    def __init__(self, run_id: int | None = None) -> None:
        super().__init__("Отправленное с этим Idempotency-Key ещё загружается. Посмотрите, чем это кончится, в runs.")
        self.run_id = run_id


class KeyEnded(ServiceError):
    """The API key was good when sending began and is no longer."""

    def __init__(self) -> None:
        super().__init__("Ключ отозван или истёк, пока шла передача.")


def claim(session: Session, sent: Sent, now: datetime) -> Claim:
    """Note what was sent and that a run begins, or find what became of it before.

    To be committed before the run is carried out. Raises OtherContent, UnderWay, KeyEnded.
    """
    if not keys.is_good(session, sent.program, now):
        raise KeyEnded
    known = select(IdempotencyKey).where(IdempotencyKey.owner == sent.program.name, IdempotencyKey.key == sent.key)
    row = session.exec(known.with_for_update()).first()
    if row is None:
        return _first(session, sent, now)
    if row.digest != sent.digest:
        raise OtherContent
    run = session.get_one(ExchangeRun, row.run_id)
    if run.outcome is Outcome.RUNNING:
        raise UnderWay(run.id)
    if run.outcome is not Outcome.FAILED:
        return Claim(row.run_id, is_new=False)
    row.run_id = _begun(session, sent, now)
    session.add(row)
    session.flush()
    return Claim(row.run_id, is_new=True)


def under_way(session: Session, program: Program, key: str) -> int | None:
    """Return the run that is being carried out under a name, if there is one."""
    running = (
        select(ExchangeRun.id)
        .join(IdempotencyKey, col(IdempotencyKey.run_id) == col(ExchangeRun.id))
        .where(
            IdempotencyKey.owner == program.name,
            IdempotencyKey.key == key,
            ExchangeRun.outcome == Outcome.RUNNING,
        )
    )
    return session.exec(running).first()


def _first(session: Session, sent: Sent, now: datetime) -> Claim:
    run_id = _begun(session, sent, now)
    row = insert_into(session, IdempotencyKey).values(
        owner=sent.program.name, key=sent.key, digest=sent.digest, run_id=run_id, created_at=now
    )
    # Of two who send at once one is first; the other's run is taken back with its transaction.
    counted = {"preserve_rowcount": True}
    if not session.connection().execute(row.on_conflict_do_nothing(), execution_options=counted).rowcount:
        raise UnderWay
    return Claim(run_id, is_new=True)


def _begun(session: Session, sent: Sent, now: datetime) -> int:
    return runs.begin_within(session, Direction.IN, sent.package[:80], f"API: {sent.program.name}", now)
