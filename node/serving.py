"""The pages of a running node, where its settings ask for them."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from node.accounts.passkeys import Passkeys
from node.accounts.provider import Provider
from node.accounts.store import AccountStore
from node.accounts.systems import Systems
from node.asking.activity import Activity
from node.asking.adding import Adding
from node.asking.asker import Lookups
from node.asking.desk import LookupDesk
from node.asking.keeping import KeptLookups
from node.asking.reviews import Reviews
from node.clock import Clock
from node.evaluating.evaluator import Evaluator
from node.federation.rounds import RoundSender
from node.opening import OpenFolder
from node.post.callbacks import CallBacks
from node.post.notices import Notices
from node.records.loads import Loads
from node.settings import NodeSettings
from node.shielding import Shielding
from node.store_key import StoreKey
from node.watching.store import WatchStore
from node.watching.watcher import Watcher
from node.watching.watches import Pace, Watches, pace_of
from node.web.app import create_site
from node.web.checking import expecting
from node.web.server import SiteServer
from node.web.site import Parts
from node.web.watching_for import watching_for
from protocol.directory.members import Directory
from protocol.messages.callback import HOUR_MS


class Pages:
    """Serves people in a browser beside the node's other work."""

    def __init__(
        self,
        opened: OpenFolder,
        port: int,
        sender: RoundSender,
        evaluator: Evaluator,
        adding: Adding,
        call_backs: CallBacks,
        notices: Notices,
        directory: Callable[[], Directory],
        clock: Clock,
    ) -> None:
        """Open what pages need, and take the port.

        Raises:
            SettingsError: the port cannot be taken.
            StoreError: a database is broken.
        """
        settings, folder, key = opened.settings, opened.folder, opened.store_key
        self._open = ExitStack()
        self._accounts = AccountStore(folder.accounts, key, clock)
        self._open.enter_context(closing(self._accounts))
        self._systems = Systems(folder.accounts, key, settings.member, clock)
        self._open.enter_context(closing(self._systems))
        self._kept = KeptLookups(folder.lookups, key, settings.answers_kept_ms, clock)
        self._open.enter_context(closing(self._kept))
        self._reviews = Reviews(self._kept.database, key, clock)
        lookups = Lookups(
            settings.member, opened.keys, evaluator, sender, opened.ledger, key, clock
        )
        expect_check = expecting(call_backs)
        self._desk = LookupDesk(
            lookups, directory, self._kept, opened.records.find_cases, expect_check, clock
        )
        watches = WatchStore(folder.watches, key)
        self._open.enter_context(closing(watches))

        def pace() -> Pace:
            return pace_of(directory(), settings.member, settings.watch_hours * HOUR_MS)

        self._watches = Watches(watches, pace, clock)
        self._watcher = Watcher(
            watches,
            key,
            lookups,
            self._kept,
            opened.records.find_cases,
            watching_for(self._accounts),
            expect_check,
            directory,
            pace,
            clock,
        )
        provider = Provider(settings.sign_in, key, clock) if settings.sign_in else None
        self._shielding = Shielding(opened.records, opened.ledger, key, clock)
        parts = Parts(
            settings.member,
            self._accounts,
            self._systems,
            provider,
            self._passkeys(settings, folder.accounts, key, clock) if provider is None else None,
            self._desk,
            self._kept,
            call_backs,
            adding,
            notices,
            self._watches,
            directory,
            Activity(opened.ledger, key, clock),
            self._reviews,
            Loads(opened.records, folder.measured_sources, folder.quality, folder.running),
            self._shielding,
            settings.web_colour,
            settings.web_help,
            settings.other_inboxes,
            clock,
        )
        self._server = SiteServer(create_site(parts), settings.web_host, port)

    def _passkeys(
        self, settings: NodeSettings, path: Path, key: StoreKey, clock: Clock
    ) -> Passkeys | None:
        if settings.web_address is None:
            return None
        made = Passkeys(path, key, self._accounts, settings.web_address, clock)
        return self._open.enter_context(closing(made))

    async def serve(self) -> None:
        """Serve until told to end."""
        await self._server.serve_pages()

    async def watch(self) -> None:
        """Ask about a case that somebody has watched, if one's time has come.

        Raises:
            DirectoryError: there is no valid directory.
            StoreError: it cannot be kept.
        """
        await self._watcher.turn()

    def end(self) -> None:
        """Serve nobody any more."""
        self._server.end()

    def forget_old(self) -> None:
        """Remove sessions that have ended, and answers that were kept for long enough."""
        self._accounts.forget_old()
        self._systems.forget_old()
        self._kept.forget_old()
        self._shielding.forget_old()
        self._reviews.forget_old()
        self._watches.forget_old({each.username for each in self._accounts.all()})

    async def close(self) -> None:
        """End what is being asked, once nobody is served."""
        await self._desk.close()
        self._open.close()
