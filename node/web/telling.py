"""Who is told that somebody else asked about a case."""

from collections.abc import Collection, Sequence

from node.accounts.model import Account
from node.accounts.store import AccountStore
from node.post.notices import OFFICERS, Audience, Listed, Notices, of_team


def audiences(account: Account) -> Sequence[Audience]:
    """Return for whom somebody looks at what is told."""
    of_theirs = [of_team(account.team)] if account.asks_as else []
    return of_theirs + [OFFICERS] * account.is_shielding_officer


class Telling:
    """What each account is told. What a team is told of which nobody has an account, nobody would
    ever see: it is told to all who mind the inbox."""

    def __init__(self, notices: Notices, accounts: AccountStore) -> None:
        self._notices = notices
        self._accounts = accounts

    def latest(self, account: Account) -> Sequence[Listed]:
        """Return what somebody is told, the latest first. Who minds the inbox sees what every team
        is, and marks as seen what is of no team with an account."""
        own = audiences(account)
        found = {each.id: each for audience in own for each in self._notices.latest(audience)}
        if account.minds_inbox:
            # Apart: however much the other teams have not seen, it hides none of these.
            for but in (self._with_accounts(), own):
                found |= {each.id: each for each in self._notices.latest_of_teams(but)}
        return sorted(found.values(), key=lambda each: each.asked_ms, reverse=True)

    def new_number(self, account: Account) -> int:
        """Return how many nobody has seen of those whom they are told to."""
        own = audiences(account)
        number = self._notices.new_number(*own)
        # Every page asks: most find nothing, for which no account need be opened.
        if account.minds_inbox and self._notices.new_number_of_teams(own):
            number += self._notices.new_number_of_teams(self._with_accounts())
        return number

    def saw(self, account: Account, ids: Collection[bytes]) -> None:
        """Keep that somebody has seen these, of what is told to them."""
        for audience in audiences(account):
            self._notices.saw(audience, ids)
        if account.minds_inbox:
            self._notices.saw_of_teams(self._with_accounts(), ids)

    def _with_accounts(self) -> Collection[Audience]:
        return {audience for each in self._accounts.all() for audience in audiences(each)}
