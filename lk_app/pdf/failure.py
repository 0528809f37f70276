"""What both the process that draws and the one that asks for it know."""


class DrawingFailed(Exception):
    """A document could not be drawn as its template asks; the message holds nothing of what it says."""
