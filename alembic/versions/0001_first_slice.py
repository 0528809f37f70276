"""The first slice: accounts, settlements, meters, users, exchange

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op

from lk_app.models.values import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "divisions",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payee_name", sa.String(160), nullable=False),
        sa.Column("payee_inn", sa.String(12), nullable=False),
        sa.Column("payee_kpp", sa.String(9), nullable=False),
        sa.Column("payee_account", sa.String(20), nullable=False),
        sa.Column("bank_name", sa.String(45), nullable=False),
        sa.Column("bank_bic", sa.String(9), nullable=False),
        sa.Column("bank_account", sa.String(20), nullable=False),
        sa.CheckConstraint("length(bank_account) = 20", name=op.f("ck_divisions_bank_account_has_20_digits")),
        sa.CheckConstraint("length(bank_bic) = 9", name=op.f("ck_divisions_bic_has_9_digits")),
        sa.CheckConstraint("length(payee_account) = 20", name=op.f("ck_divisions_account_has_20_digits")),
        sa.CheckConstraint("length(payee_inn) IN (10, 12)", name=op.f("ck_divisions_inn_has_10_or_12_digits")),
        sa.CheckConstraint("length(payee_kpp) IN (0, 9)", name=op.f("ck_divisions_kpp_has_9_digits")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_divisions")),
    )
    op.create_table(
        "exchange_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("loaded_at", Instant(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_batches")),
        sa.UniqueConstraint("digest", name=op.f("uq_exchange_batches_digest")),
    )
    op.create_table(
        "offices",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("phones", sa.JSON(), nullable=False),
        sa.Column("hours", sa.String(200), nullable=False),
        sa.Column("directions", sa.String(1000), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_offices")),
    )
    op.create_table(
        "periods",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name=op.f("ck_periods_month_is_a_month")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_periods")),
    )
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
    )
    op.create_index(op.f("ix_rate_limits_due_at"), "rate_limits", ["due_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(45), nullable=False),
        sa.Column("name_key", sa.String(45), nullable=False),
        sa.Column("password_hash", sa.String(60), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name_key", name=op.f("uq_users_name_key")),
    )
    op.create_table(
        "accounts",
        sa.Column("number", sa.String(11), nullable=False),
        sa.Column("last_name", sa.String(100), nullable=False),
        sa.Column("first_name", sa.String(100), nullable=False),
        sa.Column("middle_name", sa.String(100), nullable=False),
        sa.Column("phone", sa.String(10), nullable=True),
        sa.Column("office_code", sa.String(20), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.CheckConstraint("length(number) = 11", name=op.f("ck_accounts_number_has_11_digits")),
        sa.CheckConstraint("phone IS NULL OR length(phone) = 10", name=op.f("ck_accounts_phone_has_10_digits")),
        sa.ForeignKeyConstraint(["office_code"], ["offices.code"], name=op.f("fk_accounts_office_code")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_office_code"), "accounts", ["office_code"], unique=False)
    op.create_index(op.f("ix_accounts_phone"), "accounts", ["phone"], unique=False)
    op.create_table(
        "charge_kinds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name=op.f("fk_charge_kinds_division_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_kinds")),
        sa.UniqueConstraint("division_code", "name", name=op.f("uq_charge_kinds_division_code_name")),
    )
    op.create_table(
        "account_links",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(11), nullable=False),
        sa.Column("attached_at", Instant(), nullable=False),
        sa.Column("title", sa.String(45), nullable=False),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_account_links_account_number")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_links_user_id")),
        sa.PrimaryKeyConstraint("user_id", "account_number", name=op.f("pk_account_links")),
    )
    op.create_index(op.f("ix_account_links_account_number"), "account_links", ["account_number"], unique=False)
    op.create_table(
        "charges",
        sa.Column("account_number", sa.String(11), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=True),
        sa.Column("tariff", sa.BigInteger(), nullable=True),
        sa.Column("accrued", sa.BigInteger(), nullable=False),
        sa.Column("recalculation", sa.BigInteger(), nullable=False),
        sa.Column("penalty", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(volume IS NULL) = (tariff IS NULL)", name=op.f("ck_charges_volume_has_a_tariff")),
        sa.CheckConstraint(
            "opening + accrued + recalculation + penalty - paid = closing", name=op.f("ck_charges_figures_add_up")
        ),
        sa.CheckConstraint("volume IS NULL OR volume >= 0", name=op.f("ck_charges_volume_is_not_negative")),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_charges_account_number")),
        sa.ForeignKeyConstraint(["kind_id"], ["charge_kinds.id"], name=op.f("fk_charges_kind_id")),
        sa.ForeignKeyConstraint(["month"], ["periods.month"], name=op.f("fk_charges_month")),
        sa.PrimaryKeyConstraint("account_number", "month", "kind_id", name=op.f("pk_charges")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meters",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("account_number", sa.String(11), nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("working", "faulty", "removed", name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("verification_due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("decimals BETWEEN 0 AND 3", name=op.f("ck_meters_decimals_are_counted")),
        sa.CheckConstraint("digits BETWEEN 1 AND 9", name=op.f("ck_meters_digits_are_counted")),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_meters_account_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meters")),
    )
    op.create_index(op.f("ix_meters_account_number"), "meters", ["account_number"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("account_number", sa.String(11), nullable=False),
        sa.Column("division_code", sa.String(20), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "online", "bank", "post", "office", name="channel", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_is_positive")),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_payments_account_number")),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name=op.f("fk_payments_division_code")),
        sa.ForeignKeyConstraint(["month"], ["periods.month"], name=op.f("fk_payments_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index("ix_payments_account_number_month", "payments", ["account_number", "month"], unique=False)
    op.create_table(
        "premises",
        sa.Column("account_number", sa.String(11), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("house", "flat", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("area", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("heating", sa.Boolean(), nullable=False),
        sa.Column("equipment", sa.JSON(), nullable=False),
        sa.CheckConstraint("area IS NULL OR area > 0", name=op.f("ck_premises_area_is_positive")),
        sa.CheckConstraint("residents >= 0", name=op.f("ck_premises_residents_are_counted")),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_premises_account_number")),
        sa.PrimaryKeyConstraint("account_number", name=op.f("pk_premises")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("account_number", sa.String(11), nullable=True),
        sa.ForeignKeyConstraint(["account_number"], ["accounts.number"], name=op.f("fk_user_sessions_account_number")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("meter_id", sa.String(40), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("consumption", sa.BigInteger(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "portal",
                "phone",
                "office",
                "inspector",
                "remote",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "pending", "accepted", "refused", name="state", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.CheckConstraint("(state = 'refused') = (reason <> '')", name=op.f("ck_readings_refusal_has_a_reason")),
        sa.CheckConstraint(
            "consumption IS NULL OR consumption >= 0", name=op.f("ck_readings_consumption_is_not_negative")
        ),
        sa.CheckConstraint("value >= 0", name=op.f("ck_readings_value_is_not_negative")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_readings_meter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_meter_id"), "readings", ["meter_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_readings_meter_id"), table_name="readings")
    op.drop_table("readings")
    op.drop_index("ix_user_sessions_user_id", table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_table("premises")
    op.drop_index("ix_payments_account_number_month", table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_meters_account_number"), table_name="meters")
    op.drop_table("meters")
    op.drop_table("charges")
    op.drop_index(op.f("ix_account_links_account_number"), table_name="account_links")
    op.drop_table("account_links")
    op.drop_table("charge_kinds")
    op.drop_index(op.f("ix_accounts_phone"), table_name="accounts")
    op.drop_index(op.f("ix_accounts_office_code"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("users")
    op.drop_index(op.f("ix_rate_limits_due_at"), table_name="rate_limits")
    op.drop_table("rate_limits")
    op.drop_table("periods")
    op.drop_table("offices")
    op.drop_table("exchange_batches")
    op.drop_table("divisions")
