"""What stands in for looking in the process apart, to end it or to keep it busy."""

import os
import signal

from lk_app.papers import inspecting


def dying(upload: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stuck(upload: bytes) -> None:
    inspecting.DEADLINE, inspecting._read = 1, _without_end
    inspecting.inspect(upload)


def _without_end(upload: bytes) -> None:
    while True:
        pass
