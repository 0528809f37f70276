"""Tables, enums and value types. Importing this package registers every table."""

from lk_app.models.accounts import Account, AccountLink, Premises, PremisesKind
from lk_app.models.backup import Restoration
from lk_app.models.captcha import Captcha
from lk_app.models.company import Content, ReadingWindow, RefusalReason, Revision
from lk_app.models.contacts import Office
from lk_app.models.documents import Document
from lk_app.models.email import EmailProof
from lk_app.models.exchange import (
    ApiKey,
    Direction,
    ExchangeBatch,
    ExchangeRun,
    IdempotencyKey,
    KeyScope,
    Outcome,
)
from lk_app.models.feedback import (
    AnswerTemplate,
    Appeal,
    AppealMessage,
    AppealState,
    AppealType,
    Attachment,
    AttachmentKind,
    FaqEntry,
    Service,
)
from lk_app.models.identity import Consent, User, UserSession
from lk_app.models.jobs import Job
from lk_app.models.live import LiveChange
from lk_app.models.mail import Letter, LetterState, SandboxLetter
from lk_app.models.notifications import Notification, NotificationChoice, Topic, UntoldAnswer, UntoldDecision, Way
from lk_app.models.payments import (
    Attempt,
    AttemptPart,
    AttemptState,
    BankMessage,
    Concern,
    ConcernReason,
    MessageKind,
    Posting,
    Refund,
    RefundState,
)
from lk_app.models.rates import RateLimit, RateWindow
from lk_app.models.readings import (
    Flag,
    Meter,
    MeterState,
    Reading,
    ReadingDecision,
    ReadingPhoto,
    ReadingSource,
    ReadingState,
    TariffStep,
)
from lk_app.models.search import SearchText, Source
from lk_app.models.security import SecurityEvent, SecurityEventKind
from lk_app.models.settlements import Channel, Charge, ChargeKind, Division, Payment, Period
from lk_app.models.sms import SandboxMessage, SmsMessage, SmsState
from lk_app.models.staff import Action, AuditEvent, Role, Staff, StaffSession
from lk_app.models.values import Instant, Kopecks, Month, Table, Tariff, Volume
from lk_app.models.verification import Purpose, Verification

__all__ = [
    "Account",
    "AccountLink",
    "Action",
    "AnswerTemplate",
    "ApiKey",
    "Appeal",
    "AppealMessage",
    "AppealState",
    "AppealType",
    "Attachment",
    "AttachmentKind",
    "Attempt",
    "AttemptPart",
    "AttemptState",
    "AuditEvent",
    "BankMessage",
    "Captcha",
    "Channel",
    "Charge",
    "ChargeKind",
    "Concern",
    "ConcernReason",
    "Consent",
    "Content",
    "Direction",
    "Division",
    "Document",
    "EmailProof",
    "ExchangeBatch",
    "ExchangeRun",
    "FaqEntry",
    "Flag",
    "IdempotencyKey",
    "Instant",
    "Job",
    "KeyScope",
    "Kopecks",
    "Letter",
    "LetterState",
    "LiveChange",
    "MessageKind",
    "Meter",
    "MeterState",
    "Month",
    "Notification",
    "NotificationChoice",
    "Office",
    "Outcome",
    "Payment",
    "Period",
    "Posting",
    "Premises",
    "PremisesKind",
    "Purpose",
    "RateLimit",
    "RateWindow",
    "Reading",
    "ReadingDecision",
    "ReadingPhoto",
    "ReadingSource",
    "ReadingState",
    "ReadingWindow",
    "Refund",
    "RefundState",
    "RefusalReason",
    "Restoration",
    "Revision",
    "Role",
    "SandboxLetter",
    "SandboxMessage",
    "SearchText",
    "SecurityEvent",
    "SecurityEventKind",
    "Service",
    "SmsMessage",
    "SmsState",
    "Source",
    "Staff",
    "StaffSession",
    "Table",
    "Tariff",
    "TariffStep",
    "Topic",
    "UntoldAnswer",
    "UntoldDecision",
    "User",
    "UserSession",
    "Verification",
    "Volume",
    "Way",
]
