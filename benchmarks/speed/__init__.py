"""Check every promise about speed (`make bench`); one module per subject."""
