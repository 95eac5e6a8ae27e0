"""Do decisions keep what they promise? Simulations, and comparisons with other tools."""
