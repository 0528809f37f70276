"""Why a PDF is refused: what the process that looks through it and the one that asks for it both know."""

MOST_PAGES = 50


class Refused(Exception):
    """The file is not let in; the message holds nothing of what is in it."""


class Unreadable(Refused):
    """It begins like a PDF, and is none, a broken one, or something else as well."""


class Protected(Refused):
    """It is encrypted: nobody can say what is in it."""


class TooManyPages(Refused):
    """It has more pages than MOST_PAGES."""


class Active(Refused):
    """It holds what acts by itself or leads out of it: a script, another file, a form that sends."""


class NotChecked(Refused):
    """The process died of it, or of something else, twice."""
