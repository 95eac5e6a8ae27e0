"""How good a model is: estimates of its scores that hold for new rows, and what to do next."""
