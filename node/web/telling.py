"""Who is told that somebody else asked about a case."""

from collections.abc import Sequence

from node.accounts.model import Account, AccountRole
from node.post.notices import OFFICERS, Audience, Listed, Notices, of_team


def audiences(account: Account) -> Sequence[Audience]:
    """Return for whom somebody looks at what is told."""
    of_theirs = [of_team(account.team)] if account.asks_as else []
    return of_theirs + [OFFICERS] * (AccountRole.SHIELDING_OFFICER in account.roles)


def told(notices: Notices, account: Account) -> Sequence[Listed]:
    """Return what somebody is told, the latest first. Who minds the inbox sees what every team is:
    perhaps nobody of it signs in here."""
    found: list[Listed] = []
    for audience in audiences(account):
        found += notices.latest(audience)
        if account.minds_inbox and audience != OFFICERS:
            found += notices.latest_of_teams(but=audience)
    return sorted(found, key=lambda each: each.asked_ms, reverse=True)
