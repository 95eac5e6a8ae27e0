"""How fast the sweep is, against the ways a user has without it."""
