"""They ask: the epoch table, matching, disclosure, one row, an answer on the tick."""
