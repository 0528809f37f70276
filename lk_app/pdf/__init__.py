"""Documents drawn as PDF: templates in, bytes out; nothing here knows what they are about."""

from lk_app.pdf.press import DrawingFailed, print_document

__all__ = ["DrawingFailed", "print_document"]
