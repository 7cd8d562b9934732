"""Our part in the key ceremony, carried by the post (spec 25): contribute, check, sign, certify."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import structlog

from node.files import replace_file
from node.keyholding.ceremony_file import CeremonyFile, CeremonyState
from node.keyholding.share import KeyShare, ShareFile
from protocol.directory.members import Directory
from protocol.errors import CeremonyError, MalformedError
from protocol.identifiers import MemberId
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from protocol.oprf.ceremony import (
    CeremonyPlan,
    Certificate,
    Contribution,
    Outcome,
    Signature,
    certify,
    contribute,
    derive_secrets,
    receive,
)

log = structlog.get_logger()

SESSION_BYTES = 32

Send = Callable[[MemberId, PostMessage], None]


class Ceremony:
    """Steps through the ceremony that the directory names. Every step may be repeated."""

    def __init__(
        self,
        member: MemberId,
        file: CeremonyFile,
        shares: ShareFile,
        certificate_path: Path,
        directory: Callable[[], Directory],
        send: Send,
    ) -> None:
        self._member = member
        self._file = file
        self._shares = shares
        self._certificate_path = certificate_path
        self._directory = directory
        self._send = send
        self._state = file.load()
        if self._state is None:
            file.erase()  # what a crash has left of an erasure
        self._failed_session = b""
        self._queued: set[bytes] = set()
        self._is_warned = False

    def step(self) -> None:
        """Do what can be done now: nothing, for a member without a ceremony."""
        directory = self._directory()
        if self._state is None:
            return
        if directory.oprf_key is not None:
            self._end(directory)
            return
        plan, index = directory.ceremony, directory.member(self._member).entry.keyholder_index
        if plan is None or index is None or plan.session == self._failed_session:
            return
        try:
            self._advance(directory, plan, index, self._state)
        except CeremonyError as error:
            # The lie is named, the old state stays; the signers open another session.
            self._failed_session = plan.session
            log.warning("ceremony failed", accused=error.accused, reason=error.reason)

    def take_contribution(self, sender: MemberId, content: bytes) -> bool:
        """Keep another keyholder's contribution. False: its session is not ours yet."""
        return self._take(sender, content, lambda state: state.contributions)

    def take_signature(self, sender: MemberId, content: bytes) -> bool:
        """Keep another keyholder's signature. False: its session is not ours yet."""
        return self._take(sender, content, lambda state: state.signatures)

    def _take(
        self,
        sender: MemberId,
        content: bytes,
        part: Callable[[CeremonyState], dict[int, bytes]],
    ) -> bool:
        directory = self._directory()
        index = directory.member(sender).entry.keyholder_index
        if self._state is None or index is None or directory.oprf_key is not None:
            return True
        session, message = content[:SESSION_BYTES], content[SESSION_BYTES:]
        if session != self._state.session:
            return False
        if part(self._state).setdefault(index, message) != message:
            self._state.has_failed = True
            self._file.store_received(self._state)
            raise CeremonyError(index, "has sent two different messages")
        self._file.store_received(self._state)
        return True

    def _advance(
        self, directory: Directory, plan: CeremonyPlan, index: int, state: CeremonyState
    ) -> None:
        if state.session != plan.session:
            # No key is named yet, so whatever an earlier session made is worth nothing.
            self._certificate_path.unlink(missing_ok=True)
            self._shares.erase()
            state.restart(plan.session)
            self._file.store_received(state)
            log.info("ceremony begun", keyholders=len(plan.static_keys))
        if state.has_failed:
            return
        self._contribute(directory, plan, index, state)
        if len(state.contributions) < len(plan.static_keys):
            return
        outcome = receive(plan, index, state.static_secret, _contributions(plan, state))
        self._keep_share(outcome)
        self._sign(directory, outcome, state)
        if len(state.signatures) == len(plan.static_keys):
            self._write_certificate(outcome, state)

    def _contribute(
        self, directory: Directory, plan: CeremonyPlan, index: int, state: CeremonyState
    ) -> None:
        secrets = derive_secrets(state.seed, plan)
        contributions = contribute(plan, index, state.static_secret, secrets)
        encoded = {to: part.encode() for to, part in zip(plan.indices, contributions, strict=True)}
        state.contributions.setdefault(index, encoded[index])
        self._send_all(directory, plan, index, PostType.CEREMONY_CONTRIBUTION, encoded)

    def _sign(self, directory: Directory, outcome: Outcome, state: CeremonyState) -> None:
        signature = certify(outcome, state.static_secret).encode()
        state.signatures.setdefault(outcome.index, signature)
        encoded = dict.fromkeys(outcome.plan.indices, signature)
        self._send_all(directory, outcome.plan, outcome.index, PostType.CEREMONY_SIGNATURE, encoded)

    def _send_all(
        self,
        directory: Directory,
        plan: CeremonyPlan,
        index: int,
        post_type: PostType,
        encoded: dict[int, bytes],
    ) -> None:
        """Queue one message to each other keyholder, once; after a restart once more."""
        for to, member in directory.keyholders().items():
            name = plan.session + bytes([post_type, index, to])
            message_id = hashlib.sha256(name).digest()[:MESSAGE_ID_BYTES]
            if to == index or message_id in self._queued:
                continue
            self._queued.add(message_id)
            self._send(member.id, PostMessage(message_id, post_type, plan.session + encoded[to]))

    def _keep_share(self, outcome: Outcome) -> None:
        if self._shares.load() is None:
            self._shares.store(
                KeyShare(outcome.index, outcome.share, outcome.verification_share(outcome.index))
            )

    def _write_certificate(self, outcome: Outcome, state: CeremonyState) -> None:
        if self._certificate_path.exists():
            return
        signatures = []
        for index in outcome.plan.indices:
            try:
                signatures.append(Signature.decode(state.signatures[index]))
            except MalformedError:
                raise CeremonyError(index, "the signature is malformed") from None
        certificate = Certificate(outcome.plan, outcome.announcements, tuple(signatures))
        certificate.verify()
        replace_file(self._certificate_path, certificate.encode())
        log.info("ceremony certified")

    def _end(self, directory: Directory) -> None:
        """Erase the ceremony's secrets once the directory names the key that our share is of."""
        share, key = self._shares.load(), directory.oprf_key
        if share is None or key is None:
            return
        if key.verification_shares.get(share.index) != share.verification_share:
            if not self._is_warned:
                log.warning("share unused", reason="the directory names another key")
            self._is_warned = True
            return
        self._file.erase()
        self._state = None
        log.info("ceremony ended")


def _contributions(plan: CeremonyPlan, state: CeremonyState) -> dict[int, Contribution]:
    contributions = {}
    for index, content in state.contributions.items():
        try:
            contributions[index] = Contribution.decode(content, plan.threshold)
        except MalformedError:
            raise CeremonyError(index, "the contribution is malformed") from None
    return contributions
