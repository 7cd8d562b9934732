"""Every limit of the protocol, in one place, with its unit (spec 30 §3)."""

FRESHNESS_MS = 120_000
"""How far a message's time may lie from the receiver's clock, either way."""

EPOCH_OVERLAP_SECONDS = 120
"""How long at the edge of an hour the neighbour epoch is accepted too."""

REPLAY_SECONDS = 600
"""How long a stored reply goes out again for the same bytes."""

QUESTION_SLOTS = 64
RECORD_KEYS = 96
"""Most match keys of a question, of a record (spec 10 §6)."""

IDENTITY_FIELD_CHARACTERS = 100
IDENTITY_LIST_CHARACTERS = 1000
"""Longest typed entry of a child's data, and longest entry that lists several."""

IDENTITY_NAMES = 6
IDENTITY_POSTCODES = 5
"""Most forenames, most surnames, most postcodes that are kept, the current first."""

IDENTITY_CARERS = 4
"""Most adults of a child's household that are kept, the mother of an unborn child first."""

ADDING_SECONDS = 900
"""How often a node has a batch evaluated for what is added to checks, if anything is."""

LOOKUP_BATCH = QUESTION_SLOTS
IMPORT_BATCH = 1024
"""Elements in an evaluation, padded with random ones: one size each."""

IMPORT_INPUTS = IMPORT_BATCH - 1
"""Most inputs in an import's batch: the last element checks the others (spec 20 §3)."""

MEMBERS = 1024
KEYHOLDERS = 64
THRESHOLD = 26
HUBS = 16
"""Most entries in a directory; a contribution of a higher threshold would not fit a post cell."""

DIRECTORY_BYTES = 8 * 1024 * 1024
CERTIFICATE_BYTES = 256 * 1024

ORGANISATION_BYTES = 80
TEAM_BYTES = 80
JOB_TITLE_BYTES = 40
PERSON_BYTES = 60
TELEPHONE_BYTES = 24
EMAIL_BYTES = 80
COVERS_BYTES = 80
REFERENCE_BYTES = 40
"""Most UTF-8 bytes of the texts that travel in a question or an answer."""

WHO_BYTES = 216
"""The who-block before sealing: name, telephone, team, reference, mark, zeros."""

INVOLVEMENTS = 3
"""Most involvements in one answer: open ones first, then the most recently updated."""

INVOLVEMENT_BYTES = 496
"""One involvement in an answer: its texts, lengths and dates, zeros."""

POST_CONTENT_BYTES = 1024
"""A post cell's message, padded."""

CALL_BACK_BYTES = 600
"""A message that goes with a call-back request, and a note on what became of it."""

LATEST_MS = 253_370_764_800_000
"""The beginning of the year 9999, as Unix time in ms: what is later, no date can be made of."""

LINK_FRAME_BYTES = 64 * 1024
"""Largest WebSocket frame either way: an import evaluation and its wrapping."""

LINK_HANDSHAKE_SECONDS = 10.0
ROUND_SECONDS = 20.0
"""Deadline of a round at the hub, from the bundle's arrival to the end line."""

IMPORT_SHARE = 30
IMPORT_DAILY_SHARE = 0.02
IMPORT_ACCRUAL_CAP = 0.20
"""Import allowance: declared records x 30, 2 % of that a day, unused accrual up to 20 %."""

IMPORT_LEAST = 2 * IMPORT_BATCH
"""Least import allowance, once and a day: a small file, and the same file mended."""
