"""What was asked of us and by us: one row of one length for each, and the allowances used."""
