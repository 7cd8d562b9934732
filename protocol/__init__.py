"""What may be said between members: pure functions over bytes and values (see `spec/`)."""
