"""What staff edit of what the portal says: each kind of it by the same rules.

| module | what happens there |
|---|---|
| `kind.py` | what a kind is: its table, what of it can be edited, how a form is read |
| `faq.py`, `offices.py`, `types.py`, `templates.py`, `reasons.py`, `window.py` | the kinds, each a `KIND` |
| `hours.py` | the opening hours of an office by days, as a form has them |
| `editing.py` | lists, editors, and what is done about content: publish, put away, move |
| `history.py` | what it was before, who changed it and when |
"""

from lk_app.services.content import faq, offices, reasons, templates, types, window
from lk_app.services.content.kind import Kind

KINDS: dict[str, Kind] = {
    "faq": faq.KIND,
    "offices": offices.KIND,
    "types": types.KIND,
    "templates": templates.KIND,
    "reasons": reasons.KIND,
    "window": window.KIND,
}
"""The kinds by the word that stands for them in addresses."""
