"""For whom a case is watched: somebody who may ask, as their account says now."""

from node.accounts.store import AccountStore
from node.watching.watcher import FindWho, WhoWatches


def watching_for(accounts: AccountStore) -> FindWho:
    """Return what finds them by their username."""

    def find(username: str) -> WhoWatches | None:
        account = accounts.find(username)
        if account is None or account.asks_as is None or not account.can_be_rung:
            return None
        return WhoWatches(account.asks_as, account.name, account.telephone, account.team)

    return find
