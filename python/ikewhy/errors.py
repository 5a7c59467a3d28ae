"""What analysing a capture can end with, and what it can warn of."""


class CaptureError(Exception):
    """A capture cannot be read at all: its text says which and why, and what to do about it where something can be done."""


class CaptureNotFound(CaptureError, FileNotFoundError):
    """There is no such file."""


class EngineError(CaptureError):
    """The engine failed on this capture. That is a fault in ikewhy: please report it."""


class CaptureWarning(UserWarning):
    """Not all that was given could be used: a capture is damaged, or some of its keys are not understood."""
