"""Which roles do what: the one table of it. Services ask for these roles, and handlers and routes name them."""

from lk_app.models import Role

EVERYBODY = tuple(Role)

READINGS = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Look at readings with their photos, and decide about them."""

APPEALS = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Read appeals with what is attached, answer them, hand them over, close them."""

CONSUMERS = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Find consumers, see what they see, end their sessions, lift the limit on their attempts to sign in."""

DETACHING = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Take an account from a consumer."""

PAYMENTS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Look at payments that need a person, ask the bank, give money back."""

CONTENT = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Edit what the portal says: the FAQ, offices, types of appeals, templates, reasons, the window of readings."""

EXCHANGE = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""See what became of the packages of the exchange."""

MEMBERS = (Role.ADMINISTRATOR,)
"""Create members of the staff and change them."""

AUDIT = (Role.ADMINISTRATOR,)
"""Read the audit log."""
