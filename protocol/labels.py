"""The one table of domain-separation labels (spec 30 §2): no two uses of a key share one."""

_PREFIX = b"whoelse/v1/"

MATCH_KEY = _PREFIX + b"match-key"
"""In front of every match key that enters the OPRF."""

ENVELOPE = _PREFIX + b"envelope"
REPLY = _PREFIX + b"reply-envelope"
BUNDLE = _PREFIX + b"bundle"
LINK = _PREFIX + b"link"
"""What an Ed25519 signature by a member's signing key is over."""

REQUEST_CELL = _PREFIX + b"request-cell"
REPLY_CELL = _PREFIX + b"reply-cell"
"""HPKE `info` of a request, HKDF `info` of a reply."""

TAG = _PREFIX + b"tag"
WHO_MASK = _PREFIX + b"who-mask"
WHO_KEY = _PREFIX + b"who-key"
HIT = _PREFIX + b"hit"
"""Uses of a token, and of the seed that a token masks."""

EVALUATION_ANSWER = _PREFIX + b"evaluation-answer"
"""Hashed with a keyholder's request and answer into the salt of its reply."""

IMPORT_SECRETS = _PREFIX + b"import-secrets"
"""Blinds, padding and check of an import's batch from its seed."""

CEREMONY_SECRETS = _PREFIX + b"ceremony-secrets"
"""A participant's polynomial and ephemeral secret from its seed."""

STORE_RECORD = _PREFIX + b"store-record"
STORE_ROW = _PREFIX + b"store-row"
STORE_KEYS = _PREFIX + b"store-keys"
STORE_SOURCE_ID = _PREFIX + b"store-source-id"
STORE_SOURCE_NAME = _PREFIX + b"store-source-name"
STORE_CONTENT = _PREFIX + b"store-content"
STORE_EVALUATED = _PREFIX + b"store-evaluated"
STORE_STRING_ID = _PREFIX + b"store-string-id"
STORE_ACCOUNT = _PREFIX + b"store-account"
STORE_LOOKUP = _PREFIX + b"store-lookup"
STORE_POST = _PREFIX + b"store-post"
STORE_SIGN_IN = _PREFIX + b"store-sign-in"
STORE_NOTICE = _PREFIX + b"store-notice"
STORE_AUDIENCE = _PREFIX + b"store-audience"
STORE_WATCH = _PREFIX + b"store-watch"
STORE_WATCH_CHILD = _PREFIX + b"store-child-of-watch"
STORE_SYSTEM = _PREFIX + b"store-system"
STORE_REVIEW = _PREFIX + b"store-review"
STORE_SHIELD = _PREFIX + b"store-shield"
STORE_APPLICATION = _PREFIX + b"store-application"
STORE_PASSKEY = _PREFIX + b"store-passkey"
STORE_PASSKEY_USER = _PREFIX + b"store-authenticator-user"
"""Subkeys of a node's store key (spec 80): sealed blobs, keyed fingerprints."""

ALL = (
    MATCH_KEY,
    ENVELOPE,
    REPLY,
    BUNDLE,
    LINK,
    REQUEST_CELL,
    REPLY_CELL,
    TAG,
    WHO_MASK,
    WHO_KEY,
    HIT,
    EVALUATION_ANSWER,
    IMPORT_SECRETS,
    CEREMONY_SECRETS,
    STORE_RECORD,
    STORE_ROW,
    STORE_KEYS,
    STORE_SOURCE_ID,
    STORE_SOURCE_NAME,
    STORE_CONTENT,
    STORE_EVALUATED,
    STORE_STRING_ID,
    STORE_ACCOUNT,
    STORE_LOOKUP,
    STORE_POST,
    STORE_SIGN_IN,
    STORE_NOTICE,
    STORE_AUDIENCE,
    STORE_WATCH,
    STORE_WATCH_CHILD,
    STORE_SYSTEM,
    STORE_REVIEW,
    STORE_SHIELD,
    STORE_APPLICATION,
    STORE_PASSKEY,
    STORE_PASSKEY_USER,
)
