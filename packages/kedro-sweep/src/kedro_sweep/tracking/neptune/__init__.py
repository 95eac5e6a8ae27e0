"""What a run sends to Neptune. Only an environment with a `neptune.yml` loads it, by name."""
