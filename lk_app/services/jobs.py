"""Periodic work: what is done how often, and which process does it when several could.

Each job does a small idempotent piece of work at a time: a process that dies in the middle costs a repetition.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from lk_app import models
from lk_app.clock import Clock
from lk_app.services import cleanup, mail, mail_sender, sms_sender
from lk_app.services.acquiring import asking, billing, desk, refunds
from lk_app.services.demo import billing as demo_billing
from lk_app.services.exchange import runs
from lk_app.services.inserting import insert_into
from lk_app.services.notifications import rounds
from lk_app.services.session import reading, writing
from lk_app.settings import Environment, settings


@dataclass(frozen=True)
class Job:
    """Work to be done every so often, by one process at a time unless its rows are claimed one by one."""

    name: str
    every: timedelta
    run: Callable[[Clock], bool]
    """Does one piece; True when there is more to do at once."""
    everywhere: bool = False
    """Whether every process does it, each time: then it claims row by row what it works on."""


def is_our_turn(job: Job, now: datetime) -> bool:
    """Say whether this process has to run the job now; whoever is told so has claimed it."""
    if job.everywhere:
        return True
    # Looked at before it is claimed, so that waiting costs no transactions.
    with reading() as session:
        next_run_at = session.exec(select(models.Job.next_run_at).where(models.Job.name == job.name)).first()
    if next_run_at and next_run_at > now:
        return False
    with writing() as session:
        return claim(session, job, now)


def claim(session: Session, job: Job, now: datetime) -> bool:
    """Claim a job until it is due again; of several that try, one gets it."""
    session.execute(insert_into(session, models.Job).values(name=job.name, next_run_at=now).on_conflict_do_nothing())
    claimed = (
        update(models.Job)
        .where(col(models.Job.name) == job.name, col(models.Job.next_run_at) <= now)
        .values(next_run_at=now + job.every)
    )
    return session.exec(claimed).rowcount == 1


def send_sms(now: Clock) -> bool:
    return sms_sender.send_next(sms_sender.gateways(), now)


def ask_sms(now: Clock) -> bool:
    return sms_sender.ask_next(sms_sender.gateways(), now)


def send_mail(now: Clock) -> bool:
    return mail.is_available() and mail_sender.send_next(mail_sender.gateway(), now)


def clean_up(now: Clock) -> bool:
    began = time.perf_counter()
    with writing() as session:
        more = cleanup.clean_up(session, now())
    if more:
        # Whoever waits to write to SQLite has no turn, but looks now and then whether it is free.
        time.sleep(time.perf_counter() - began)
    return more


def ask_bank(now: Clock) -> bool:
    return desk.is_available() and asking.ask_next(desk.bank(), now)


def settle_refunds(now: Clock) -> bool:
    return desk.is_available() and refunds.settle_refunds(desk.bank(), now)


def note_unposted(now: Clock) -> bool:
    with writing() as session:
        billing.note_unposted(session, now())
    return False


def tell_decisions(now: Clock) -> bool:
    rounds.tell_decisions(now)
    return False


def tell_answers(now: Clock) -> bool:
    rounds.tell_answers(now)
    return False


def remind(now: Clock) -> bool:
    rounds.remind(now)
    return False


def note_killed_runs(now: Clock) -> bool:
    runs.note_killed(now())
    return False


def bill_demo(now: Clock) -> bool:
    if settings().env is Environment.DEMO:
        with writing() as session:
            demo_billing.run(session, now())
    return False


JOBS = (
    Job("send sms", timedelta(seconds=0.5), send_sms, everywhere=True),
    Job("ask about sms", timedelta(minutes=1), ask_sms),
    Job("sweep sms", timedelta(minutes=1), sms_sender.sweep),
    Job("send mail", timedelta(seconds=1), send_mail, everywhere=True),
    Job("ask the bank", timedelta(seconds=2), ask_bank, everywhere=True),
    Job("settle refunds", timedelta(minutes=1), settle_refunds),
    Job("note unposted", timedelta(hours=1), note_unposted),
    Job("tell decisions", timedelta(seconds=10), tell_decisions),
    Job("tell answers", timedelta(seconds=10), tell_answers),
    Job("remind", timedelta(minutes=10), remind),
    Job("note killed runs", timedelta(minutes=1), note_killed_runs),
    Job("bill the demo", timedelta(seconds=20), bill_demo),
    Job("clean up", timedelta(hours=1), clean_up),
)
