"""PDFs that come from outside, looked through before they are kept; nothing here knows what is written in them."""

from lk_app.papers.customs import check, is_pdf
from lk_app.papers.refusals import Active, NotChecked, Protected, Refused, TooManyPages, Unreadable

__all__ = ["Active", "NotChecked", "Protected", "Refused", "TooManyPages", "Unreadable", "check", "is_pdf"]
