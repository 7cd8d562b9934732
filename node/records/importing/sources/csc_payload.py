"""One child's payload into rows of our columns, or all that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from node.records.importing.cells import CellError, parse_case_reference
from node.records.importing.days import recent
from node.records.importing.places import Place
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources.cleaning import (
    clean,
    clean_day,
    clean_id,
    clean_postcode,
    clean_upn,
    is_yes,
    parse_day,
)
from node.records.importing.sources.episodes import (
    CARE_LEAVER,
    EHC_PLAN,
    Episode,
    Episodes,
    birth_cells,
    is_over,
    read_episode,
    status_cells,
)
from node.records.importing.table_row import (
    Entry,
    FaultyRow,
    Origin,
    OverCase,
    PurgedCase,
    TableRow,
)

CHILD_IN_NEED = "child in need"
_LISTS = {
    "section_47_assessments": "section 47 enquiry",
    "child_protection_plans": "child protection plan",
    "child_looked_after_placements": "looked after",
}
_EHC_PLANS = "education_health_care_plans"
_NAMES = {
    "case_reference": "la_child_id",
    "surname": "surname",
    "forename": "first_name",
    "date_of_birth": "date_of_birth",
    "due_date": "expected_date_of_birth",
    "postcode": "postcode",
    "upn": "unique_pupil_number",
}
"""Our columns by what the payload calls them."""

_WITHOUT = Note(
    "children with no involvement that a node answers of (closed over a year ago, or age): left out"
)
_OF_SOCIAL_CARE = (CHILD_IN_NEED, *_LISTS.values(), CARE_LEAVER)
"""All kinds that may stand in an episode of social care."""

_PURGED = Note(
    "children with a purge flag on an episode or plan: an involvement with none left is erased"
)
_WHOLE = "send the whole payload of this child, not only what has changed"

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True, repr=False)
class Child:
    """What one payload says. Without an id there are only problems, and no entries."""

    id: str
    is_purged: bool
    entries: Sequence[Entry]
    problems: tuple[RowProblem, ...] = ()


def read_child(payload: Object, place: Place, today: date) -> Child:
    """Return a child's rows, one for each kind of involvement, and its problems."""
    return _Reader(place, today).read(payload)


class _Reader:
    """Reads one payload and collects its problems."""

    def __init__(self, place: Place, today: date) -> None:
        self._place = place
        self._today = today
        self._problems: list[RowProblem] = []
        self._purged: list[str] = []
        """Kinds of which an episode or plan has a purge flag."""

    def read(self, payload: Object) -> Child:
        child_id = self._id(payload)
        if not child_id:
            return Child("", False, (), tuple(self._problems))
        details = self._object(payload, "child_details")
        if self._is_purged(payload) or self._is_purged(details):
            return Child(child_id, True, ())
        if not details:
            self._refuse("child_details", _WHOLE)
        if "social_care_episodes" not in payload:
            self._refuse("social_care_episodes", _WHOLE)
        episodes = Episodes()
        date_of_birth = self._text(details, "date_of_birth")
        over: list[str] = []
        for episode in self._episodes(payload):
            if is_over(episode, date_of_birth, self._today):
                over.append(episode.kind)
            else:
                episodes.add(child_id, episode)
        rows = [self._row(child_id, details, episode) for episode in episodes.of(child_id)]
        if self._problems:
            # Which of its rows is meant, a problem does not say.
            faulty = FaultyRow(child_id, "", tuple(self._problems))
            return Child(child_id, False, (faulty,))
        purged = [PurgedCase(child_id, kind) for kind in dict.fromkeys(self._purged)]
        notes = [_PURGED] if purged else []
        ended = [OverCase(child_id, kind) for kind in dict.fromkeys(over)]
        return Child(child_id, False, [*(rows or (_WITHOUT,)), *notes, *purged, *ended])

    def _id(self, payload: Object) -> str:
        try:
            child_id = clean_id(self._text(payload, "la_child_id"))
            if child_id:
                return parse_case_reference(child_id)
        except CellError as problem:
            self._refuse("la_child_id", str(problem))
            return ""
        if not self._problems:
            self._refuse("la_child_id", "give each child its own")
        return ""

    def _row(self, child_id: str, details: Object, episode: Episode) -> TableRow:
        texts = {name: self._text(details, name) for name in _NAMES.values()}
        former = self._text(details, "former_unique_pupil_number")
        cells = {
            "case_reference": child_id,
            "surname": texts["surname"],
            "forename": texts["first_name"],
            **birth_cells(
                clean_day(texts["date_of_birth"]),
                clean_day(texts["expected_date_of_birth"]),
                texts["first_name"],
                texts["surname"],
                self._today,
            ),
            "postcode": clean_postcode(texts["postcode"]),
            "upn": clean_upn(texts["unique_pupil_number"]) or clean_upn(former),
            "involvement": episode.kind,
            "last_updated": episode.updated_on.isoformat() if episode.updated_on else "",
            **status_cells(episode.ended_on),
        }
        origins = {column: Origin(self._place, name) for column, name in _NAMES.items()}
        return TableRow(
            self._place,
            cells,
            origins={**origins, "closed_on": episode.ended, "last_updated": episode.began},
        )

    def _episodes(self, payload: Object) -> Iterator[Episode]:
        for social_care in self._objects(payload, "social_care_episodes", *_OF_SOCIAL_CARE):
            work_on = self._last_work_on(social_care)
            for episode in self._episodes_of(social_care):
                yield episode.worked_on(work_on)
        for plan in self._objects(payload, _EHC_PLANS, EHC_PLAN):
            # What was asked for and has not begun is no plan. When one ends is not said.
            if self._text(plan, "plan_start_date"):
                yield from self._episode(EHC_PLAN, plan, "plan_start_date", "", _EHC_PLANS)

    def _episodes_of(self, social_care: Object) -> Iterator[Episode]:
        if not is_yes(self._text(social_care, "referral_no_further_action_flag")):
            yield from self._episode(CHILD_IN_NEED, social_care, "referral_date", "closure_date")
        for name, kind in _LISTS.items():
            for each in self._objects(social_care, name, kind):
                yield from self._episode(kind, each, "start_date", "end_date", name)
        for leaver in self._objects(social_care, "care_leavers", CARE_LEAVER):
            yield from self._episode(CARE_LEAVER, leaver, "contact_date", "", "care_leavers")

    def _last_work_on(self, social_care: Object) -> date | None:
        """Return the last day, up to today, on which it changed who works with the child."""
        days: list[date] = []
        for work in self._objects(social_care, "care_worker_details"):
            for name in ("start_date", "end_date"):
                try:
                    day = parse_day(self._text(work, name), recent(self._today))
                except CellError as problem:
                    self._refuse(f"care_worker_details {name}", str(problem))
                else:
                    days += [day] if day and day <= self._today else []
        return max(days, default=None)

    def _episode(
        self, kind: str, found: Object, began: str, ended: str, within: str = ""
    ) -> Iterator[Episode]:
        def dated(name: str) -> tuple[Origin, str]:
            column = f"{within} {name}".strip()
            return Origin(self._place, column), self._text(found, name) if name else ""

        episode = read_episode(kind, dated(began), dated(ended), self._today)
        if isinstance(episode, Episode):
            yield episode
        else:
            self._problems.extend(episode)

    def _objects(self, found: Object, name: str, *kinds: str) -> Iterator[Object]:
        """Give the objects of a list, or the one that stands there: those that say something and
        are not to be purged. What is purged is of `kinds`."""
        value = found.get(name)
        listed = value if isinstance(value, list) else [value] if value else []
        for each in listed:
            if not isinstance(each, Mapping):
                self._refuse(name, "give objects, with names for what they hold")
            elif self._is_purged(each):
                self._purged.extend(kinds)
            elif each.keys() - {"purge"}:
                yield each

    def _object(self, found: Object, name: str) -> Object:
        value = found.get(name)
        return value if isinstance(value, Mapping) else {}

    def _text(self, found: Object, name: str) -> str:
        """Return a text or flag; nothing for null and for the empty objects of some exports."""
        value = found.get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return clean(value)
        if value not in (None, {}, [], [{}]):
            self._refuse(name, "give one text")
        return ""

    def _is_purged(self, found: Object) -> bool:
        return is_yes(self._text(found, "purge"))

    def _refuse(self, name: str, reason: str) -> None:
        self._problems.append(RowProblem(self._place, name, reason))
