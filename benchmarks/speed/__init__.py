"""What every promise about speed comes to (`make bench`): one module per subject."""
