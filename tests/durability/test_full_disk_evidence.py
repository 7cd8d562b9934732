"""Evidence against a keyholder that finds no room: not called kept, and kept the next time."""

from pathlib import Path

from tests.durability.asking import US
from tests.durability.disk import NODE, small_disk
from tests.durability.files import write_enquiry
from tests.durability.lying import KEPT, LIAR, assert_evidence_kept, lied_to_world
from tests.durability.polling import poll
from tests.durability.world import copy_node
from tests.node.small_federation import council

DISK_MEBIBYTES = 4


def test_evidence_for_which_there_is_no_room_is_not_called_kept(tmp_path: Path) -> None:
    with (
        lied_to_world(tmp_path) as world,
        small_disk(tmp_path / "disk", DISK_MEBIBYTES) as disk,
    ):
        folder = copy_node(world.make_node(tmp_path / "node", US), disk.seen / "node")
        enquiry = write_enquiry(tmp_path / "enquiry.json")
        command = "ask", disk.path / "node", "--json", "--file", enquiry

        log = tmp_path / "running.log"
        with log.open("wb") as said_by_node:
            node = disk.start(said_by_node, *NODE, "run", disk.path / "node")
        try:
            # It has the stores open: the command comes as far as the liar's answer.
            poll("its link", lambda: b"event='linked'" in log.read_bytes())
            disk.fill()
            status, said = disk.node_command(tmp_path / "full.log", *command)
        finally:
            node.kill()
            node.wait()
        assert status == 2, said
        assert f"{council(LIAR).entry.name} gave an invalid reply" in said
        assert KEPT not in said
        assert not list(folder.glob("evidence/*.json"))

        disk.free()
        _, said = disk.node_command(tmp_path / "free.log", *command)
        assert KEPT in said
        assert_evidence_kept(copy_node(folder, tmp_path / "copy"), world)
