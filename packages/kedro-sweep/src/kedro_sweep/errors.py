"""Errors in what the user wrote or supplied."""


class InputError(ValueError):
    """A table or a parameter that cannot be used. The message names it, its value and the remedy."""


class AllTrialsFailedError(InputError):
    """No trial of the study has a score."""


class ConnectionLostError(InputError):
    """The database of the studies could not be reached for too long."""
