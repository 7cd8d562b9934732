from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest
import respx
from tuf.ngclient import Updater

from node.federation import directory as module
from node.federation.directory import DirectoryKeeper
from protocol import limits
from protocol.errors import DirectoryError, ExpiredError
from protocol.signer.repository import utc_now
from tests.node.small_federation import DIRECTORY
from tests.node.small_signer import HUB_A, HUB_B, Signer, add_hub, files_of, without


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    made = Signer(tmp_path / "signer")
    made.publish()
    return made


@pytest.fixture
def keeper(tmp_path: Path, signer: Signer) -> DirectoryKeeper:
    return DirectoryKeeper(tmp_path / "directory", signer.root)


@pytest.fixture
def hubs() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def refresh_from(router: respx.MockRouter, keeper: DirectoryKeeper, public: Path) -> list[str]:
    """Refresh from one hub that serves these files."""
    router.clear()
    add_hub(router, HUB_A, files_of(public))
    return keeper.refresh([HUB_A])


def public(signer: Signer) -> Path:
    return signer.folder / "public"


def test_has_none_before_a_hub_was_reached(keeper: DirectoryKeeper) -> None:
    with pytest.raises(DirectoryError, match="none is held yet"):
        keeper.current()


def test_fetches_and_verifies(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer
) -> None:
    assert refresh_from(hubs, keeper, public(signer)) == []
    assert keeper.current().version == 1
    assert keeper.current().members.keys() == DIRECTORY.members.keys()


def test_another_process_uses_what_is_held_without_a_hub(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    refresh_from(hubs, keeper, public(signer))
    assert DirectoryKeeper(tmp_path / "directory", signer.root).current().version == 1


def test_takes_the_next_version(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer
) -> None:
    refresh_from(hubs, keeper, public(signer))
    assert keeper.current().version == 1
    signer.publish()
    assert refresh_from(hubs, keeper, public(signer)) == []
    assert keeper.current().version == 2


def test_refresh_without_news_changes_nothing(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    for _ in range(3):
        assert refresh_from(hubs, keeper, public(signer)) == []
    assert keeper.current().version == 1
    names = sorted(path.name for path in (tmp_path / "directory").iterdir())
    assert names == ["held", "lock", "timestamp-1"]


def test_certificates_are_read_once(
    hubs: respx.MockRouter,
    keeper: DirectoryKeeper,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = Mock(wraps=httpx.create_ssl_context)
    monkeypatch.setattr(httpx, "create_ssl_context", create)
    for _ in range(3):
        refresh_from(hubs, keeper, public(signer))
    assert create.call_count == 1


def test_document_is_not_fetched_again_when_it_is_the_same(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer
) -> None:
    refresh_from(hubs, keeper, public(signer))
    signer.repository.renew_timestamp(utc_now())
    hubs.clear()
    add_hub(hubs, HUB_A, without(files_of(public(signer)), "directory.json"))
    assert keeper.refresh([HUB_A]) == []


def test_one_hub_down_one_up(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer
) -> None:
    add_hub(hubs, HUB_A, without(files_of(public(signer)), ""))
    add_hub(hubs, HUB_B, files_of(public(signer)))
    assert keeper.refresh([HUB_A, HUB_B]) == [f"{HUB_A}: not reachable"]
    assert keeper.current().version == 1


def test_newest_of_all_hubs_is_kept(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    old = signer.copy(tmp_path / "old")
    signer.publish()
    add_hub(hubs, HUB_A, files_of(public(signer)))
    add_hub(hubs, HUB_B, files_of(old))
    keeper.refresh([HUB_A, HUB_B])
    assert keeper.current().version == 2
    problems = keeper.refresh([HUB_B, HUB_A])
    assert [line.split(": ")[0] for line in problems] == [HUB_B]
    assert keeper.current().version == 2


def test_older_timestamp_is_refused(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    old = signer.copy(tmp_path / "old")
    signer.repository.renew_timestamp(utc_now())
    refresh_from(hubs, keeper, public(signer))
    (problem,) = refresh_from(hubs, keeper, old)
    assert "BadVersionNumberError" in problem
    assert keeper.current().version == 1


def test_directory_of_another_signer_is_refused(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    forger = Signer(tmp_path / "forger")
    forger.publish()
    forger.publish()
    refresh_from(hubs, keeper, public(signer))
    assert refresh_from(hubs, keeper, public(forger))
    assert keeper.current().version == 1
    assert refresh_from(hubs, keeper, public(signer)) == []


def test_altered_document_is_refused(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer
) -> None:
    (document,) = (public(signer) / "targets").iterdir()
    document.write_bytes(document.read_bytes().replace(b"Council 1", b"Council X"))
    assert refresh_from(hubs, keeper, public(signer))
    with pytest.raises(DirectoryError):
        keeper.current()


def test_file_altered_on_our_disk_is_refused(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    refresh_from(hubs, keeper, public(signer))
    held = tmp_path / "directory" / "held" / "directory.json"
    held.write_bytes(held.read_bytes().replace(b"Council 1", b"Council X"))
    with pytest.raises(DirectoryError):
        DirectoryKeeper(tmp_path / "directory", signer.root).current()
    signer.repository.renew_timestamp(utc_now())
    refresh_from(hubs, keeper, public(signer))
    assert keeper.current().version == 1


def test_what_our_disk_does_not_give_is_no_directory(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    """A failing disk costs the question, not the node."""
    refresh_from(hubs, keeper, public(signer))
    held = tmp_path / "directory" / "held" / "directory.json"
    held.unlink()
    held.mkdir()
    with pytest.raises(DirectoryError, match="cannot be read"):
        DirectoryKeeper(tmp_path / "directory", signer.root).current()


@pytest.mark.parametrize("status", [302, 403, 404, 500])
def test_hub_that_serves_no_files_is_named(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, status: int
) -> None:
    refresh_from(hubs, keeper, public(signer))
    hubs.clear()
    add_hub(hubs, HUB_A, lambda _name: httpx.Response(status))
    (problem,) = keeper.refresh([HUB_A])
    assert problem.startswith(HUB_A)
    assert keeper.current().version == 1


def test_file_larger_than_a_directory_may_be_is_refused(
    hubs: respx.MockRouter,
    keeper: DirectoryKeeper,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "DIRECTORY_BYTES", 2_000)
    assert refresh_from(hubs, keeper, public(signer))


# Time


def at_time(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Later":
            moment = datetime.now(tz or UTC) + later
            return cls.fromtimestamp(moment.timestamp(), tz)

    monkeypatch.setattr(module, "datetime", Later)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("later", "is_valid"),
    [
        pytest.param(timedelta(hours=71), True, id="71 hours offline"),
        pytest.param(timedelta(hours=73), False, id="73 hours offline"),
    ],
)
def test_directory_serves_offline_for_72_hours(
    hubs: respx.MockRouter,
    keeper: DirectoryKeeper,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
    later: timedelta,
    is_valid: bool,
) -> None:
    refresh_from(hubs, keeper, public(signer))
    keeper.current()
    at_time(monkeypatch, later)
    if is_valid:
        assert keeper.current().version == 1
        return
    with pytest.raises(ExpiredError):
        keeper.current()


def test_hub_that_serves_an_expired_directory_is_refused(
    hubs: respx.MockRouter, tmp_path: Path
) -> None:
    frozen = Signer(tmp_path / "frozen")
    frozen.publish(utc_now() - timedelta(hours=73))
    keeper = DirectoryKeeper(tmp_path / "directory", frozen.root)
    assert refresh_from(hubs, keeper, public(frozen))
    with pytest.raises(DirectoryError):
        keeper.current()
    frozen.repository.renew_timestamp(utc_now())
    assert refresh_from(hubs, keeper, public(frozen)) == []
    assert keeper.current().version == 1


# A refresh that does not get to its end


@pytest.mark.parametrize("withheld", ["snapshot.json", "targets.json", "directory.json"])
def test_refresh_that_breaks_off_leaves_the_old_directory_valid(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, withheld: str
) -> None:
    """A hub that goes down, or lies, must not shorten the 72 hours (PROTOCOL §6)."""
    refresh_from(hubs, keeper, public(signer))
    signer.publish()
    hubs.clear()
    add_hub(hubs, HUB_A, without(files_of(public(signer)), withheld))
    assert len(keeper.refresh([HUB_A])) == 1
    assert keeper.current().version == 1


def test_refresh_that_breaks_off_is_made_good_by_the_next(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer
) -> None:
    refresh_from(hubs, keeper, public(signer))
    signer.publish()
    add_hub(hubs, HUB_B, without(files_of(public(signer)), "snapshot.json"))
    keeper.refresh([HUB_B, HUB_A])
    assert keeper.current().version == 2


def test_write_that_fails_leaves_the_old_directory_valid(
    hubs: respx.MockRouter,
    keeper: DirectoryKeeper,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full when the new snapshot is to be written."""
    refresh_from(hubs, keeper, public(signer))
    signer.publish()
    persist = Updater._persist_metadata

    def full(self: Updater, rolename: str, data: bytes) -> None:
        if rolename == "snapshot":
            raise OSError("No space left on device")
        persist(self, rolename, data)

    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_persist_metadata", full)
        (problem,) = refresh_from(hubs, keeper, public(signer))
    assert "No space left" in problem
    assert keeper.current().version == 1


def test_nothing_is_left_behind_by_refreshes_that_fail(
    hubs: respx.MockRouter, keeper: DirectoryKeeper, signer: Signer, tmp_path: Path
) -> None:
    for _ in range(3):
        refresh_from(hubs, keeper, public(signer))
        signer.publish()
    hubs.clear()
    add_hub(hubs, HUB_A, without(files_of(public(signer)), "snapshot.json"))
    keeper.refresh([HUB_A])
    names = sorted(path.name for path in (tmp_path / "directory").iterdir())
    assert names == ["held", "lock", "timestamp-3"]
