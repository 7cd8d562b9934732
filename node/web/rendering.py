"""Templates: GOV.UK's components and our own pages, escaped, in part or as they come."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from node.web import words
from protocol.encoding import encode_base64url


class Renderer:
    """Fills templates."""

    def __init__(self) -> None:
        govuk = PackageLoader("govuk_frontend_jinja")
        self._environment = Environment(
            loader=ChoiceLoader(
                [PackageLoader("node.web"), PrefixLoader({"govuk_frontend_jinja": govuk})]
            ),
            autoescape=True,
            enable_async=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            address=encode_base64url,
            day=_day,
            kind=words.involvement_kind,
            moment=_moment,
            tel=_tel,
        )
        self._environment.globals.update(
            reason=words.reason, sections=words.SECTIONS, section_of=words.section_of
        )

    async def render(self, template: str, **context: object) -> str:
        return await self._environment.get_template(template).render_async(context)

    def stream(self, template: str, **context: object) -> AsyncIterator[str]:
        """Give a page piece by piece, as what is in the context comes."""
        return self._environment.get_template(template).generate_async(context)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone()
    return f"{moment.day} {moment:%B} at {moment:%H:%M}"


def _tel(number: str) -> str:
    """Return what a telephone dials: digits, and a leading plus."""
    kept = "".join(character for character in number if character.isdigit())
    return f"+{kept}" if number.strip().startswith("+") else kept
