"""What must hold of every scenario: each rule says what it saw that must not be."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from node.asking.asker import MemberResult
from node.errors import EvidenceError
from node.evaluating.judging import verify_evidence
from node.ledger.entries import open_answered
from protocol.identifiers import MemberId, RoundId
from protocol.messages.evaluation import batch_size
from protocol.messages.vocabulary import Outcome
from protocol.sealing.bundle import Bundle, parse_bundle
from protocol.sealing.envelope import Header, Kind, parse_request
from tests.federation.directories import Terms
from tests.federation.expectation import (
    must_be_heard,
    must_have_tokens,
    only_hubs_come_and_go,
    times_taken,
)
from tests.federation.faults import Trouble
from tests.federation.federation import Federation
from tests.federation.holdings import Answer, right_answer, worker_of
from tests.federation.loop import WORK_SECONDS
from tests.federation.member import Received, SimulatedMember
from tests.federation.question import Errand, Question
from tests.node.small_federation import STORE_KEY

MOST_SECONDS = 110.0
"""Two rounds, two hubs, 25 s each, and some."""

MOST_IMPORT_SECONDS = 1250.0
"""One batch at three choices of keyholders: seven posts over two hubs, a minute of waits, each."""

_WRONG = "gave an invalid reply"
_SILENT = frozenset({Outcome.UNREACHABLE, Outcome.TIMED_OUT, Outcome.MISBEHAVED, Outcome.BUSY})
_WITH_A_ROW = frozenset(
    {Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED, Outcome.ADD_A_FIELD}
    | {Outcome.NOT_KNOWN}
)
_EVALUATIONS = (Kind.EVALUATION, Kind.IMPORT_EVALUATION)


def problems(federation: Federation) -> list[str]:
    """Return everything that must not be, in words; nothing of a sound federation."""
    return [problem for rule in RULES for problem in rule(federation)]


def every_member_has_one_outcome(federation: Federation) -> Iterator[str]:
    """Or the question failed as a whole, and says so."""
    everybody = Counter(list(federation.directory.members))
    for question in federation.questions:
        heard = Counter(result.member.id for result in question.results)
        if question.error and heard:
            yield f"{_name(question)}: failed and has outcomes"
        if not question.error and heard != everybody:
            yield f"{_name(question)}: outcomes of {heard}"


def what_is_said_is_true(federation: Federation) -> Iterator[str]:
    """Whatever hubs and other members do; whoever is silent has said nothing."""
    for question, result, member in _results(federation):
        said = Answer(result.outcome, result.cause)
        right = _right_answers(question, member)
        if result.outcome not in _SILENT and said not in right:
            yield f"{_name(question)}: council {member.number} says {said}, of {right}"
        if member.has(Trouble.CLAIMS) and result.outcome not in _SILENT:
            yield f"{_name(question)}: a claim without proof of council {member.number} counts"
        workers = {involved.contact.name for involved in result.involvements}
        if workers - {worker_of(member.number)}:
            yield f"{_name(question)}: council {member.number} says what is another's"
        if bool(workers) is not (result.outcome is Outcome.KNOWN):
            yield f"{_name(question)}: {result.outcome} with {len(workers)} to ring"


def who_can_be_heard_is_heard(federation: Federation) -> Iterator[str]:
    """One honest hub is enough (40 §6), and any three keyholders."""
    for question in federation.questions:
        heard = {result.member.id: result for result in question.results}
        for member in federation.members.values():
            if not must_be_heard(federation, question, member):
                continue
            result = heard.get(member.council.id)
            if result is None or result.outcome in _SILENT:
                ended = question.error or (result and result.outcome.name)
                yield f"{_name(question)}: council {member.number} was not heard: {ended}"


def imports_that_can_be_made_are_made(federation: Federation) -> Iterator[str]:
    """One honest hub and any three keyholders are enough for them too."""
    for errand in federation.imports:
        if errand.error and must_have_tokens(federation, errand):
            yield f"{_name(errand)}: failed: {errand.error}"


def everything_ends_in_time(federation: Federation) -> Iterator[str]:
    for errand in federation.errands:
        most = MOST_SECONDS if isinstance(errand, Question) else MOST_IMPORT_SECONDS
        if errand.ended - errand.began > most:
            yield f"{_name(errand)}: took {errand.ended - errand.began:.0f} s"


def one_request_has_one_reply(federation: Federation) -> Iterator[str]:
    """However often it comes. *Cannot answer* is not kept, and may become an answer."""
    terms = _terms(federation)
    for member in federation.members.values():
        answered: defaultdict[bytes, list[Received]] = defaultdict(list)
        for received in member.received:
            if received.reply is not None:
                answered[received.envelope].append(received)
        for envelope, times in answered.items():
            header, different = parse_request(envelope).header, {each.reply for each in times}
            if len(different) > 1 and _is_kept(member, header, terms.get(header.round_id), times):
                yield f"council {member.number}: {len(different)} replies to one {header.kind.name}"


def allowances_are_counted_once(federation: Federation) -> Iterator[str]:
    """Each round once, however often its envelope came; and no round that nobody sent."""
    posted, terms = _posted(federation), _terms(federation)
    for member in federation.members.values():
        if not member.is_honest_keyholder:
            continue
        counted = member.ledger.elements_counted()
        for kind in _EVALUATIONS:
            answered = {
                (header.sender, header.round_id)
                for received in member.received
                if received.reply is not None
                for header in [parse_request(received.envelope).header]
                if header.kind is kind
                and _is_evaluated(member, terms.get(header.round_id), received.at)
            }
            sent = {
                (bundle.sender, bundle.round_id)
                for bundle in posted
                if bundle.kind is kind and member.council.id in bundle.envelopes
            }
            rounds = counted.get(kind, 0) / batch_size(kind)
            if not len(answered) <= rounds <= len(sent):
                yield (
                    f"council {member.number}: counted {rounds} {kind.name}s, answered "
                    f"{len(answered)} of {len(sent)}"
                )


def rows_are_what_was_answered(federation: Federation) -> Iterator[str]:
    """One row for an answer, saying what it said; and no row of what nobody asked."""
    rows = {member.number: _rows(member) for member in federation.members.values()}
    asked = {
        (bundle.round_id, recipient)
        for bundle in _posted(federation)
        if bundle.kind is Kind.LOOKUP
        for recipient in bundle.envelopes
    }
    for question, result, member in _results(federation):
        (round_id,) = question.rounds(Kind.LOOKUP)
        found = rows[member.number].get(round_id)
        if result.outcome in _WITH_A_ROW and found != result.outcome.name.lower():
            yield f"{_name(question)}: council {member.number} said {result.outcome}, row {found}"
    for member in federation.members.values():
        for round_id in rows[member.number]:
            if (round_id, member.council.id) not in asked:
                yield f"council {member.number}: a row of a question that nobody asked"


def an_import_is_counted_once_a_batch(federation: Federation) -> Iterator[str]:
    """Where only hubs come and go, nobody is asked for the same tokens under another round."""
    if not only_hubs_come_and_go(federation):
        return
    for errand in federation.imports:
        rounds = len(errand.rounds(Kind.IMPORT_EVALUATION))
        if rounds != 1:
            yield f"{_name(errand)}: one batch in {rounds} rounds"


def own_questions_are_recorded(federation: Federation) -> Iterator[str]:
    for member in federation.members.values():
        own = [question for question in federation.questions if question.asker == member.number]
        went_out = sum(bool(question.rounds(Kind.LOOKUP)) for question in own)
        if member.ledger.questions_asked() != went_out:
            yield f"council {member.number}: asked {went_out} and has other rows"


def post_is_its_senders(federation: Federation) -> Iterator[str]:
    """And each message is taken once, where its receipt must have come back."""
    taken = Counter(
        (member.number, sender, content)
        for member in federation.members.values()
        for sender, content in member.taken
    )
    for mail in federation.mail:
        sender = federation.members[mail.sender].council.id
        times = taken.pop((mail.recipient, sender, mail.content), 0)
        least, most = times_taken(federation, mail)
        if not least <= times <= most:
            yield f"post '{mail.content.decode()}' was taken {times} of {least} to {most} times"
    for number, sender, _ in taken:
        yield f"council {number}: took post that {sender} did not send"


def no_hub_fails(federation: Federation) -> Iterator[str]:
    for hub in federation.hubs:
        yield from (f"{hub.entry.id}: {defect}" for defect in hub.defects)


def only_liars_are_accused(federation: Federation) -> Iterator[str]:
    """By name, and by evidence that anybody can check."""
    liars = {
        member.council.id
        for member in federation.members.values()
        if member.council.index and not member.is_honest_keyholder
    }
    for errand in federation.errands:
        for evidence in errand.evidence:
            try:
                accused: MemberId | None = verify_evidence(evidence, errand.directory).id
            except EvidenceError:
                accused = None
            if accused not in liars:
                yield f"evidence against {accused}"
        for named in _named(errand):
            if named not in liars:
                yield f"{_name(errand)}: {named} is accused"


RULES = (
    every_member_has_one_outcome,
    what_is_said_is_true,
    who_can_be_heard_is_heard,
    imports_that_can_be_made_are_made,
    everything_ends_in_time,
    one_request_has_one_reply,
    allowances_are_counted_once,
    rows_are_what_was_answered,
    an_import_is_counted_once_a_batch,
    own_questions_are_recorded,
    post_is_its_senders,
    only_liars_are_accused,
    no_hub_fails,
)


def _results(federation: Federation) -> Iterator[tuple[Question, MemberResult, SimulatedMember]]:
    for question in federation.questions:
        for result in question.results:
            yield question, result, federation.members[int(result.member.id[-1])]


def _right_answers(question: Question, member: SimulatedMember) -> set[Answer]:
    truths = member.truths_between(question.began, question.ended)
    return {
        right_answer(truth, question.terms, question.child, is_sure=question.is_sure)
        for truth in truths
    }


def _posted(federation: Federation) -> list[Bundle]:
    by_errands = [bundle for errand in federation.errands for bundle in errand.posted]
    by_post = [bundle for member in federation.members.values() for bundle in member.posted]
    return [parse_bundle(bundle) for bundle in (*by_errands, *by_post)]


def _rows(member: SimulatedMember) -> dict[RoundId, str]:
    return {
        round_id: open_answered(STORE_KEY, entry, round_id).outcome
        for round_id, entry in member.ledger.entries(Kind.LOOKUP)
    }


def _terms(federation: Federation) -> dict[RoundId, Terms]:
    """Return by what directory each round was sent."""
    return {
        parse_bundle(bundle).round_id: errand.terms
        for errand in federation.errands
        for bundle in errand.posted
    }


def _is_evaluated(member: SimulatedMember, terms: Terms | None, at: float) -> bool:
    """Whether a keyholder does what it is asked; else it says why not, and counts nothing."""
    return terms is not None and member.evaluates_under(terms, at, at + WORK_SECONDS)


def _is_kept(
    member: SimulatedMember, header: Header, terms: Terms | None, times: Sequence[Received]
) -> bool:
    """Whether the first reply to a request must be the only one."""
    if header.kind in _EVALUATIONS:
        return _is_evaluated(member, terms, times[0].at)
    knew = len(member.truths_between(times[0].at, times[-1].at)) == 1
    return knew and member.ledger.find(header.round_id, header.sender) is not None


def _named(errand: Errand) -> set[MemberId]:
    """Return whom an asker is told to have answered wrongly."""
    problems = errand.keyholder_problems if isinstance(errand, Question) else {}
    return {
        member.id
        for member in errand.directory.members.values()
        if f"{member.name} {_WRONG}" in errand.error or _WRONG in problems.get(member.id, "")
    }


def _name(errand: Errand) -> str:
    what = f"on child {errand.child}" if isinstance(errand, Question) else "importing"
    return f"council {errand.asker} {what} at {errand.began:.2f} s"
