"""What stands in for drawing in the process apart, to end it or to wear it out; little for that process to load."""

import os
import signal

from lk_app.photos import drawing
from lk_app.photos.kinds import Kind, Print


def dying(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def stuck(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    drawing.DEADLINE, drawing._drawn = 1, _without_end
    return drawing.draw(upload, kind, wanted)


def greedy(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    drawing._drawn = _all_memory
    return drawing.draw(upload, kind, wanted)


def _without_end(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    while True:
        pass


def _all_memory(upload: bytes, kind: Kind, wanted: Print) -> bytes:
    return bytes(2 * drawing.MEMORY)
