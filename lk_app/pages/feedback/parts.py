"""What the forms of «Обратная связь» are made of."""

import reflex as rx

from lk_app.components.uploads import ATTACHMENT, upload_box
from lk_app.formats import NBSP
from lk_app.services.feedback.attachments import MOST_OF_MESSAGE

el = rx.el

RELOAD = "feedback-reload"
SAID = "feedback-said"
"""The page's own line that says that all went well."""
LIST = "appeals"

FILES = "image/jpeg,image/png,image/heic,image/heif,application/pdf"


def attachments() -> rx.Component:
    """Return where files are added; the place for the next one is there when the one before is taken."""
    return el.fieldset(
        el.legend("Файлы, если нужны", class_name="label"),
        el.p(f"Фото или PDF, до{NBSP}{MOST_OF_MESSAGE}{NBSP}штук, каждый не больше 5{NBSP}МБ", class_name="hint"),
        *(
            upload_box(
                ATTACHMENT,
                f"attachment-{place}",
                "Приложить файл",
                what=f"файл {place}",
                accept=FILES,
                symbol="clip",
            )
            for place in range(1, MOST_OF_MESSAGE + 1)
        ),
        class_name="field uploads",
    )
