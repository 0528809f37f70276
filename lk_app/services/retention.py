"""How long the portal keeps what it stores: the one table of rules, by which the worker cleans up.

Each table of the models is either among RULES or in KEPT. docs/operate.md shows both, and a test compares. What people
were promised (`texts/legal/privacy`) must fit: a rule that changes needs a new version of that text.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, inspect, tuple_
from sqlmodel import Session, col, delete, select

from lk_app import models
from lk_app.models import (
    Attachment,
    AuditEvent,
    BankMessage,
    Captcha,
    Consent,
    Document,
    EmailProof,
    ExchangeRun,
    IdempotencyKey,
    Letter,
    LiveChange,
    Notification,
    RateLimit,
    RateWindow,
    ReadingPhoto,
    SandboxLetter,
    SandboxMessage,
    SecurityEvent,
    SmsMessage,
    StaffSession,
    Table,
    UntoldAnswer,
    UntoldDecision,
    User,
    UserSession,
    Verification,
)
from lk_app.services import captcha, email

DAY = timedelta(days=1)
A_YEAR_AND_MORE = timedelta(days=400)
"""Until the same month of the next year is over and done with."""
THREE_YEARS = timedelta(days=3 * 365 + 1)
"""The period of limitation (ГК РФ, ст. 196), as the consent and the privacy policy say it."""


ONLY_ADDED_TO = {AuditEvent, SecurityEvent}
"""Nobody changes a row of these, and the portal's role may lock none (`services/rights.py`)."""


@dataclass(frozen=True)
class Rule:
    """Rows of a table are deleted once the moment in `since` is over for longer than `kept`."""

    table: type[Table]
    since: Any
    """The column that decides; of another table where `within` leads to it."""
    kept: timedelta
    why: str
    rows: str = "all"
    """Which rows, in words."""
    only: ColumnElement[bool] | None = None
    within: tuple[Any, Select[Any]] | None = None
    """A column, and the rows of another table one of which it has to name."""
    portion: int = 1_000
    """How many rows go in one transaction: fewer where each is a file."""


WHO_DID_WHAT = "who got at whose data (152-ФЗ, ст. 19); the database itself refuses to delete what is younger"

RULES = (
    Rule(Verification, Verification.created_at, DAY, "a request for a code; nobody can go on with it"),
    Rule(EmailProof, EmailProof.code_sent_at, email.WAITS, "an address that was never proven"),
    Rule(Captcha, Captcha.created_at, captcha.LIFETIME, "can't be answered any more"),
    Rule(RateLimit, RateLimit.due_at, timedelta(0), "limits nothing any more"),
    Rule(RateWindow, RateWindow.ends_at, timedelta(0), "limits nothing any more"),
    Rule(SmsMessage, SmsMessage.created_at, 7 * DAY, "to tell why one did not come; its code goes as it is sent"),
    Rule(Letter, Letter.created_at, 7 * DAY, "to tell why one did not come; its text goes as it is sent", portion=50),
    Rule(SandboxMessage, SandboxMessage.sent_at, 7 * DAY, "the sandbox, never in production"),
    Rule(SandboxLetter, SandboxLetter.sent_at, 7 * DAY, "the sandbox, never in production", portion=50),
    Rule(UserSession, UserSession.created_at, 30 * DAY, "a user's own list of where they were signed in"),
    Rule(StaffSession, StaffSession.created_at, 30 * DAY, "to look into what happened in one"),
    Rule(Document, Document.claimed_at, 7 * DAY, "not to draw a document twice; it can be drawn anew", portion=50),
    Rule(
        ReadingPhoto, ReadingPhoto.uploaded_at, DAY, "was never sent", "without a reading",
        only=col(ReadingPhoto.reading_id).is_(None), portion=50,
    ),
    Rule(
        ReadingPhoto, ReadingPhoto.uploaded_at, A_YEAR_AND_MORE,
        "until the reading of the same month next year was decided about", portion=50,
    ),
    Rule(
        Attachment, Attachment.uploaded_at, DAY, "was never sent", "without a message",
        only=col(Attachment.message_id).is_(None), portion=20,
    ),
    Rule(UntoldDecision, UntoldDecision.at, 7 * DAY, "too late to tell"),
    Rule(UntoldAnswer, UntoldAnswer.at, 7 * DAY, "too late to tell"),
    Rule(Notification, Notification.at, A_YEAR_AND_MORE, "keeps people from being told twice"),
    Rule(LiveChange, LiveChange.at, timedelta(hours=1), "every process has looked; longer than a transaction may take"),
    Rule(IdempotencyKey, IdempotencyKey.created_at, 30 * DAY, "as long as a program may send the same again"),
    Rule(ExchangeRun, ExchangeRun.started_at, A_YEAR_AND_MORE, "to compare with the same month of the last year"),
    Rule(BankMessage, BankMessage.at, THREE_YEARS, "evidence in disputes about a payment: claims can be made so long"),
    Rule(
        Consent, User.deleted_at, THREE_YEARS, "the proof of consent (152-ФЗ, ст. 9), as the consent itself says",
        "of deleted users", within=(Consent.user_id, select(col(User.id))),
    ),
    Rule(SecurityEvent, SecurityEvent.at, THREE_YEARS, WHO_DID_WHAT),
    Rule(AuditEvent, AuditEvent.at, THREE_YEARS, WHO_DID_WHAT),
)  # fmt: skip
"""What is deleted by age."""

OF_BILLING = "billing is the master: as long as it has the contract"
OF_A_PAYMENT = "a document of account: five years after its year at least (402-ФЗ, ст. 29)"
OF_THE_COMPANY = "the company's own, about nobody"
OF_A_USER = "goes with its user, seven days after they asked for that, as the terms of use promise"

KEPT = {
    models.Account: OF_BILLING,
    models.Premises: OF_BILLING,
    models.Meter: OF_BILLING,
    models.Reading: OF_BILLING,
    models.ReadingDecision: OF_BILLING,
    models.Charge: OF_BILLING,
    models.Payment: OF_BILLING,
    models.Attempt: OF_A_PAYMENT,
    models.AttemptPart: OF_A_PAYMENT,
    models.Posting: OF_A_PAYMENT,
    models.Refund: OF_A_PAYMENT,
    models.Concern: OF_A_PAYMENT,
    models.User: "nothing personal is left in it seven days after its owner asked for that",
    models.AccountLink: OF_A_USER,
    models.NotificationChoice: OF_A_USER,
    models.Appeal: OF_A_USER,
    models.AppealMessage: OF_A_USER,
    models.Staff: "the logs name who did what; a login that was taken away stays without rights",
    models.ExchangeBatch: "keeps a package from being loaded twice; about nobody",
    models.Restoration: "billing may name what was lost at any time; about nobody",
    models.ApiKey: "the runs name whose key it was; of the key itself only a digest is kept",
    models.Revision: "who of the staff changed what is published; about no consumer",
    models.Office: OF_THE_COMPANY,
    models.Division: OF_THE_COMPANY,
    models.Period: OF_THE_COMPANY,
    models.ChargeKind: OF_THE_COMPANY,
    models.TariffStep: OF_THE_COMPANY,
    models.ReadingWindow: OF_THE_COMPANY,
    models.RefusalReason: OF_THE_COMPANY,
    models.AppealType: OF_THE_COMPANY,
    models.FaqEntry: OF_THE_COMPANY,
    models.AnswerTemplate: OF_THE_COMPANY,
    models.SearchText: OF_THE_COMPANY,
    models.Job: OF_THE_COMPANY,
}
"""What does not go by age, and why; of `attachments` and `reading_photos` what RULES leaves goes with its user."""


def forget(session: Session, rule: Rule, now: datetime) -> int:
    """Delete a portion of what a rule keeps no longer, but nothing that somebody is just using; return how many."""
    over: ColumnElement[bool] = col(rule.since) < now - rule.kept
    if rule.within:
        naming, others = rule.within
        over = col(naming).in_(others.where(over))
    if rule.only is not None:
        over &= rule.only
    key = inspect(rule.table).primary_key
    some = select(*key).where(over).limit(rule.portion)
    if rule.table not in ONLY_ADDED_TO:
        some = some.with_for_update(skip_locked=True)
    gone = delete(rule.table).where(tuple_(*key).in_(some)).execution_options(synchronize_session=False)
    return session.exec(gone).rowcount
