"""How strong a model is after a short search: ours and others' on public tables (`make bench-strength`)."""
