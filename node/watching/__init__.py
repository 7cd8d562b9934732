"""Standing watches: cases of ours that the node asks about again and again by itself."""
