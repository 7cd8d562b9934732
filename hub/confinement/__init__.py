"""A hub gives up, for good, what it does not need of its kernel (spec 40 §7)."""
