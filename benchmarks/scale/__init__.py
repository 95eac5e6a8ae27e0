"""How many trials a second machines and storages sustain."""
