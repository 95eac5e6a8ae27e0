"""What a run sends to Neptune. Loaded by name, only in an environment with a `neptune.yml`."""
