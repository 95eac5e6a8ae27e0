"""What more workers and other storages bring (`make bench-scale`)."""
