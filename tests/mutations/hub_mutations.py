"""Protections of `hub/`."""

from tests.mutations.mutation import Mutation

_APP = "tests/hub/test_app.py"
_LINKS = "tests/hub/test_links.py"
_ROUNDS = "tests/hub/test_rounds.py"
_SERVER = "tests/hub/test_server.py"
_HOSTILE = "tests/hub/test_hostile_links.py"
_LINK_PROTOCOL = "hub/link_protocol.py"

HUB = (
    Mutation(
        "a bundle that nobody signed",
        "hub/app.py",
        "        verify_bundle(bundle, sender.signing_key, _now_ms())\n",
        "",
        (f"{_APP}::test_strangers_of_every_sort_get_identical_bytes",),
    ),
    Mutation(
        "a link that nobody signed",
        "hub/app.py",
        "    introduction.verify(challenge, member.signing_key, _now_ms())\n",
        "",
        (f"{_LINKS}::test_introduction_as_another_member_is_refused",),
    ),
    Mutation(
        "a body of any size",
        "hub/app.py",
        "                if len(body) + len(chunk) > most_bytes:\n",
        "                if body is None:\n",
        (f"{_APP}::test_chunked_body_is_refused_when_it_grows_too_large",),
    ),
    Mutation(
        "a compressed body",
        "hub/app.py",
        '    if request.headers.get("content-encoding", "identity") != "identity":\n',
        "    if request.headers is None:\n",
        (f"{_APP}::test_compressed_body_is_refused_unread",),
    ),
    Mutation(
        "any number of rounds a second",
        "hub/app.py",
        "    if not hub.rate.admit(bundle.sender):\n",
        "    if hub.rate is None:\n",
        (f"{_APP}::test_member_that_starts_too_many_rounds_is_told_so_and_others_are_not",),
    ),
    Mutation(
        "any number of rounds at once",
        "hub/admission.py",
        "        if self._taken.total() >= self._most or "
        "self._taken[member] >= self._most_for_one:\n",
        "        if self._most < 0:\n",
        ("tests/hub/test_admission.py::test_places_are_bounded_for_one_member_and_in_all",),
    ),
    Mutation(
        "a place that is not given back",
        "hub/app.py",
        "        finally:\n            self._give_back()\n",
        "        finally:\n            pass\n",
        (
            f"{_ROUNDS}::test_hanging_up_in_the_middle_of_a_round_frees_its_place"
            "_and_its_deliveries",
        ),
    ),
    Mutation(
        "a link for ever",
        "hub/app.py",
        "        while _is_in_standing(hub, member):\n",
        "        while True:\n",
        (f"{_LINKS}::test_link_of_a_member_that_the_directory_drops_is_closed",),
    ),
    Mutation(
        "a slow reader fills memory",
        "hub/links.py",
        "FailureReason.BUSY if link.in_flight >= MOST_DELIVERIES_PER_LINK else link\n",
        "link\n",
        ("tests/hub/test_rounds.py::test_full_link_leaves_deliveries_to_the_members_other_link",),
    ),
    Mutation(
        "headers for ever",
        "hub/server.py",
        "        self._must_end_within(HEADER_SECONDS)\n",
        "",
        (f"{_SERVER}::test_header_that_trickles_in_is_closed_in_time",),
    ),
    Mutation(
        "framing without end",
        "hub/server.py",
        "        if self._framing_bytes > MOST_FRAMING_BYTES:\n",
        "        if self._framing_bytes < 0:\n",
        (f"{_SERVER}::test_endless_framing_is_closed_soon",),
    ),
    Mutation(
        "a message in pieces without end",
        _LINK_PROTOCOL,
        "        if len(self.frames) < MOST_PIECES:\n",
        "        if self.frames is not None:\n",
        (f"{_HOSTILE}::test_message_in_ever_more_pieces_is_cut",),
    ),
    Mutation(
        "any number of frames at once",
        _LINK_PROTOCOL,
        "        if self._frames_of_read > MOST_FRAMES:\n",
        "        if self._frames_of_read < 0:\n",
        (f"{_HOSTILE}::test_more_small_frames_at_once_than_a_node_has_to_send_are_cut",),
    ),
    Mutation(
        "all that waits for a slow reader let go at once",
        _LINK_PROTOCOL,
        "        while not self.writable.is_set():\n",
        "        while self.writable is None:\n",
        (f"{_HOSTILE}::test_what_waits_for_a_slow_reader_is_not_buffered_all_at_once",),
    ),
    Mutation(
        "what a stranger sends in the log",
        _LINK_PROTOCOL,
        '        event.data = b""  # refused whatever it says; uvicorn would log it\n',
        "",
        (f"{_LINKS}::test_text_of_no_encoding_is_refused_and_leaves_no_trace_in_the_log",),
    ),
)
