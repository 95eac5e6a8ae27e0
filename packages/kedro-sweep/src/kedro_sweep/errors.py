"""Mistakes in what the user wrote or supplied."""


class InputError(ValueError):
    """A table or a parameter cannot be used; the message names it, its value and the remedy."""


class AllTrialsFailedError(InputError):
    """No trial of the study has a value."""


class ConnectionLostError(InputError):
    """The database of the studies stayed out of reach."""
