"""How good our and others' models are after a short search on public tables (`make bench-strength`)."""
