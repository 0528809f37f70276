"""What a restored portal remembers of it: between which moments whatever was made here is lost."""

from datetime import datetime

from sqlalchemy import insert, inspect

from lk_app.models import Restoration
from lk_app.services.session import WRITES, make_engine


def remember(url: str, copied_at: datetime, now: datetime) -> bool:
    """Note that the portal went back to a copy; False where the copy's schema has no place for that yet."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect().execution_options(**WRITES) as connection, connection.begin():
            if not inspect(connection).has_table(Restoration.__tablename__):
                return False
            connection.execute(insert(Restoration).values(copied_at=copied_at, restored_at=now))
    finally:
        engine.dispose()
    return True
