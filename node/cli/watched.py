"""Watched cases at a terminal: begin, see what is new, go on, stop."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing

import typer

from node.accounts.model import Account
from node.accounts.store import AccountStore
from node.asking.keeping import KeptLookup, KeptLookups, LookupId
from node.cli.answers import answer_lines
from node.cli.lookups import open_kept_lookups
from node.cli.prompts import prompt_choice
from node.clock import moment, system_clock
from node.errors import AccountError, WatchError
from node.opening import OpenFolder
from node.watching.store import Ending, Watched, WatchStore
from node.watching.watches import WATCHED_MS, Watches, pace_of
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import DirectoryError
from protocol.messages.callback import HOUR_MS

_DAYS = WATCHED_MS // (24 * HOUR_MS)


def show_watched(opened: OpenFolder, username: str, json_lines: bool) -> None:
    """Print what somebody has watched; at a terminal, see one's news, let it go on or stop it.

    Raises:
        AccountError: there is nobody of that username.
        DirectoryError: one that has ended is to go on, and no directory is valid.
        StoreError: it cannot be read, or kept.
        WatchError: as many cases are watched as can be.
    """
    _check_account(opened, username)
    with _Opened(opened) as own:
        listed = own.watches.all_of(username)
        if json_lines:
            for each in listed:
                typer.echo(json.dumps(_as_data(each)))
            return
        if not listed:
            typer.echo(f"{username} has no case watched.")
            return
        chosen = prompt_choice([*map(_entry, listed)], "Number to open, or Enter to end")
        if chosen is not None:
            _see_to(own, listed[chosen])


def give_watched(opened: OpenFolder, username: str, taker: str) -> None:
    """Make all that somebody has watched another's.

    Raises:
        AccountError: there is nobody of one of the usernames, or the taker may not ask.
        StoreError: it cannot be kept.
    """
    giver, to = _find_account(opened, username), _check_account(opened, taker)
    if not to.can_be_rung:
        raise AccountError(f"{taker!r} cannot be rung: the account has no telephone or team")
    if giver == to:
        raise AccountError("give it to somebody else")
    with _Opened(opened) as own:
        own.watches.give(giver.username, giver.name, to.username)
    typer.echo(f"{to.name} is told what is new of the cases that {giver.name} had watched.")


def offer_watch(opened: OpenFolder, kept: KeptLookup) -> None:
    """Have a case of ours watched whose answers were just shown, if somebody is to be told.

    Raises:
        StoreError: it cannot be kept.
    """
    if kept.asked.case is None or opened.settings.web_port is None:
        return
    hours = opened.settings.watch_hours
    typer.echo(f"\nHave every council asked again every {_every(hours)}, for {_DAYS} days?")
    while username := _prompt_username():
        try:
            _check_account(opened, username)
            with _Opened(opened) as own:
                own.watches.begin(username, kept)
        except (AccountError, DirectoryError, WatchError) as error:
            typer.echo(f"  {error}", err=True)
            continue
        command = f"whoelse-node watched {opened.folder.path} {username}"
        typer.echo(f"It is watched. What is new:  {command}")
        return


def _prompt_username() -> str:
    words = "Username of whoever is told, or Enter for no"
    return str(typer.prompt(words, default="", show_default=False)).strip()


class _Opened(ExitStack):
    """The watches of a node and the lookups that they lead to, until the end of a command."""

    def __init__(self, opened: OpenFolder) -> None:
        super().__init__()
        settings, folder, key = opened.settings, opened.folder, opened.store_key
        store = self.enter_context(closing(WatchStore(folder.watches, key)))
        self.lookups = self.enter_context(closing(open_kept_lookups(opened)))
        interval_ms = settings.watch_hours * HOUR_MS
        self.watches = Watches(
            store,
            lambda: pace_of(opened.directory.current(), settings.member, interval_ms),
            system_clock,
        )


def _check_account(opened: OpenFolder, username: str) -> Account:
    account = _find_account(opened, username)
    if account.asks_as is None:
        raise AccountError(f"{username!r} asks nothing: it has no role that may")
    return account


def _find_account(opened: OpenFolder, username: str) -> Account:
    with closing(AccountStore(opened.folder.accounts, opened.store_key, system_clock)) as accounts:
        account = accounts.find(username)
    if account is None:
        raise AccountError(f"there is no account {username!r}")
    return account


def _every(hours: int) -> str:
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"


def _entry(each: Watched) -> str:
    watch = each.watch
    lines = [
        f"{'NEW  ' if watch.is_new else ''}Case {watch.case.reference}",
        f"     {watch.purpose}. {_asked(each)}",
    ]
    if watch.taken_from:
        lines.append(f"     Given to you: {watch.taken_from} had it watched before")
    if watch.problem and watch.ending is None:
        lines.append(f"     Nobody could be asked the last time: {watch.problem}")
    lines.append(f"     {_until(each)}")
    return "\n".join(lines)


def _asked(each: Watched) -> str:
    watch = each.watch
    if not watch.asked_ms:
        return "Not asked again yet"
    return f"Last asked {moment(watch.asked_ms)}: {watch.heard} of {watch.members} answered"


def _until(each: Watched) -> str:
    watch = each.watch
    match watch.ending:
        case Ending.NOT_HELD:
            return "No longer watched: this council does not hold the case any more"
        case Ending.TOO_LITTLE:
            return "No longer watched: too little is known of the child to ask by itself"
        case Ending.TIME:
            return f"No longer watched since {moment(watch.ends_ms)}"
    return f"Watched until {moment(watch.ends_ms)}"


def _see_to(own: _Opened, chosen: Watched) -> None:
    news = chosen.watch.news
    for new in news:
        typer.echo(f"\n{moment(new.asked_ms)}: {', '.join(new.names)}")
        for line in _answers(own.lookups, chosen.username, new.lookup, new.names):
            typer.echo(line)
    watches, id, username = own.watches, chosen.id, chosen.username
    steps: dict[str, Callable[[], None]] = {}
    if chosen.watch.is_new:
        until_ms = news[-1].asked_ms if news else 0
        steps["I have seen this"] = lambda: watches.saw(id, username, until_ms)
    if chosen.watch.ending in {None, Ending.TIME}:
        steps[f"Watch it for {_DAYS} days from now"] = lambda: watches.go_on(id, username)
    stop = "Remove" if chosen.watch.ending else "Watch it no more"
    steps[stop] = lambda: watches.stop(id, username)
    typer.echo("")
    step = prompt_choice([*steps], "Number, or Enter for nothing")
    if step is not None:
        [*steps.values()][step]()
        typer.echo("Kept.")


def _answers(
    lookups: KeptLookups, username: str, lookup: str, names: Sequence[str]
) -> Iterator[str]:
    """Give the answers in which something was new, as long as they are kept."""
    kept = lookups.find(LookupId(decode_base64url(lookup)), username)
    for answer in kept.answers if kept else ():
        if answer.name in names:
            yield from answer_lines(answer)


def _as_data(each: Watched) -> Mapping[str, object]:
    watch = each.watch
    return {
        "id": encode_base64url(each.id),
        "case_reference": watch.case.reference,
        "purpose": watch.purpose,
        "begun_ms": watch.begun_ms,
        "ends_ms": watch.ends_ms,
        "ending": watch.ending,
        "asked_ms": watch.asked_ms,
        "members": watch.members,
        "heard": watch.heard,
        "problem": watch.problem,
        "taken_from": watch.taken_from,
        "news": [{"asked_ms": new.asked_ms, "councils": new.names} for new in watch.news],
    }
