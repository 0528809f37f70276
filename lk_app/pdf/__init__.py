"""Documents drawn as PDF: templates in, bytes out; nothing here knows what they are about."""

from lk_app.pdf.failure import DrawingFailed
from lk_app.pdf.press import print_document

__all__ = ["DrawingFailed", "print_document"]
