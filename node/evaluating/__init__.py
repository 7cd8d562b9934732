"""Match keys to tokens: evaluation rounds to the keyholders."""
