"""How good the decisions of a model are, and whether their costs and intervals hold (`make bench-decisions`)."""
