"""What we may say: pure decisions over values, touching no store."""
