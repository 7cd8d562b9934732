"""What a crash, a full disk, a silent network and a flood leave of what was promised.

Real processes: a node is killed with SIGKILL at each of its commit points, before and after, by
seed; `points.py` has the seeds. A commit point is where what a node wrote begins to count:

ledger.db     a row and its reply (record), a row with its count (reserve), its reply (complete),
              post acted upon (close_post), old rows dropped (forget), a question of our own
              (record_asked), the schema (_migrate)
records.db    a whole source (replace_source), what has expired (forget_expired), the schema
              (_migrate); of an unfinished import that it goes on (begin), a batch to be sent
              (ask), its tokens (keep), that it is given up (forget_old)
sealed files  keys, share, ceremony secrets, what a ceremony received: the draft synced, renamed,
              its folder synced; to erase one: renamed, synced, overwritten, removed
other files   the ceremony's certificate, running.json, evidence, quality: as sealed files;
              running.json and a failed session's certificate removed
directory/    a draft fetched, synced, renamed; the link to it made, and put in the old one's
              place; what is no longer held removed; the first link of all

A new one that a process passes, or that the code has, and that is not on the list fails a test.
"""
