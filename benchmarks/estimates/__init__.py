"""Whether the numbers that are reported are the numbers that are got (`make bench-estimates`)."""
