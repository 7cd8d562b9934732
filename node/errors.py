"""What goes wrong at a node, beside the protocol's own errors. Messages say what to do."""

from collections.abc import Collection, Mapping


class NodeError(Exception):
    """Root of the tree; shown to people as one line."""


class SettingsError(NodeError):
    """Settings or files of the node's folder that cannot be used."""


class StoreError(NodeError):
    """The store cannot be opened, or holds something that does not open under its key."""


class TableError(NodeError):
    """A table of tags that was not built: what is answered from stays as it is."""


class ImportRefusedError(NodeError):
    """A file that was not loaded; nothing of it is in the store."""


class AskError(NodeError):
    """A question that could not be asked at all."""


class AccountError(NodeError):
    """An account that cannot be made or signed in to."""


class EntryProblems(AccountError):
    """All that is wrong with the entries of an account: by field, why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in reasons.items()))
        self.reasons = reasons


class SignInError(NodeError):
    """The council's sign-in service let nobody in."""


class CallBackError(NodeError):
    """A call-back request that nothing can be done about."""


class ShieldError(NodeError):
    """A shield that cannot be set or ended."""


class RowsRefusedError(NodeError):
    """Rows that are not taken as they are, by their source keys: nothing of the file is."""

    def __init__(self, source_keys: Collection[bytes]) -> None:
        super().__init__("rows are not taken as they are")
        self.source_keys = source_keys


class MailError(NodeError):
    """A nudge that could not be sent; names the kind of failure alone."""


class SystemKeyError(NodeError):
    """A case system's key that cannot be used."""


class TokenError(NodeError):
    """A case system's token that lets nobody ask; says what is wrong with it."""


class WatchError(NodeError):
    """A case that cannot be watched."""


class WorkError(NodeError):
    """A batch whose arithmetic did not come to its end."""


class EvidenceError(NodeError):
    """Evidence against a keyholder that shows nothing."""


class NoHubError(NodeError):
    """No hub carried the round."""


NO_KEY = "the federation has no key yet: the keyholders' ceremony has not been certified"
