"""We ask: one lookup round to every member, one outcome for each."""
