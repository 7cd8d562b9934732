"""A case system's question as an enquiry, or all that is wrong with it."""

from collections.abc import Mapping

from node.accounts.systems import SystemUser
from node.asking.asker import Enquiry, OnTheTelephone
from node.asking.cases import one_of, reference_sent
from node.errors import AskError
from node.records.cases import HeldCase
from node.web.api.forms import Caller, FieldError, LookupForm
from node.web.api.problems import ApiProblem
from node.web.site import Site
from protocol import limits
from protocol.directory.members import Directory
from protocol.errors import DirectoryError, IdentityProblems
from protocol.matching.identity import Identity, parse_identity
from protocol.messages.lookup import Who


class Enquiries:
    """Reads questions of users of case systems."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def read(self, form: LookupForm, user: SystemUser) -> Enquiry:
        """Return what is asked.

        Raises:
            ApiProblem: all that is wrong with it, or nobody can be asked now.
        """
        directory = self.directory()
        if form.purpose not in directory.purposes:
            raise wrong("purpose", "is not on the directory's list")
        reference = reference_sent(form.case_reference, bounded("reference", form.reference))
        who = Who(user.name, user.telephone, user.team, reference, form.protected_location)
        return Enquiry(
            await self._child(form),
            form.purpose,
            user.role,
            who,
            _caller(form.caller),
            user.username,
        )

    def directory(self) -> Directory:
        """Return the directory.

        Raises:
            ApiProblem: none is valid.
        """
        try:
            return self._site.parts.directory()
        except DirectoryError:
            raise ApiProblem(503, "no-directory", "Nobody can be asked now: there is no valid "
                             "directory") from None  # fmt: skip

    async def _child(self, form: LookupForm) -> Identity | HeldCase:
        if bool(form.case_reference) == bool(form.child):
            raise wrong("child", "give either child or case_reference")
        if form.child is not None:
            return self.identity(form.child.entries())
        cases = await self._site.parts.desk.find_cases(form.case_reference)
        try:
            return one_of(cases, form.source)
        except AskError as error:
            raise wrong("case_reference", str(error)) from None

    def identity(self, entries: Mapping[str, str]) -> Identity:
        """Return who is asked about.

        Raises:
            ApiProblem: all that is wrong with the entries.
        """
        try:
            return parse_identity(entries, self._site.parts.today)
        except IdentityProblems as found:
            errors = [
                FieldError(field=f"child.{problem.field}", reason=problem.reason)
                for problem in found.problems
            ]
            raise ApiProblem(422, "malformed", "The child's entries cannot be used", errors) from (
                None
            )


def wrong(field: str, reason: str) -> ApiProblem:
    """Return what is said of one entry that cannot be used."""
    errors = [FieldError(field=field, reason=reason)]
    return ApiProblem(422, "malformed", "The question cannot be asked", errors)


def bounded(field: str, text: str) -> str:
    """Return a text that goes with the question.

    Raises:
        ApiProblem: it is too long, or not printable.
    """
    if len(text.encode()) > limits.REFERENCE_BYTES or not text.isprintable():
        raise wrong(field, f"at most {limits.REFERENCE_BYTES} printable characters")
    return text


def _caller(caller: Caller | None) -> OnTheTelephone | None:
    return OnTheTelephone(**caller.model_dump()) if caller else None
