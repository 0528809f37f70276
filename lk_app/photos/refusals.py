"""Why a photo is refused: what the process that draws and the one that asks for it both know."""

MOST_BYTES = 10 * 1024 * 1024
"""Of a file as it is uploaded."""

MOST_PIXELS = 50_000_000
"""Of a picture, looked at before it is decoded: the best cameras of phones, used as they usually are, stay below."""


class Refused(Exception):
    """The file gives no photo; the message holds nothing of what is in it."""


class WrongType(Refused):
    """It is neither JPEG nor PNG nor HEIC."""


class TooLarge(Refused):
    """It has more bytes than MOST_BYTES."""


class TooManyPixels(Refused):
    """It says that it has more pixels than MOST_PIXELS."""


class Unreadable(Refused):
    """It begins like a photo, and is none or a broken one."""


class NotDrawn(Refused):
    """The process died of it, or of something else, twice."""
