"""REST for case systems: the lookup as a stream, and the draft national operation beside it."""
