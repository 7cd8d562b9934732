"""Templates: GOV.UK's components and our own pages, escaped, in part or as they come."""

from collections.abc import AsyncIterator
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from node.asking import words as answer_words
from node.clock import duration, moment, time_of_day
from node.post import words as call_back_words
from node.web import words
from protocol.encoding import encode_base64url


class Renderer:
    """Fills templates."""

    def __init__(self) -> None:
        self._environment = _environment()

    async def render(self, template: str, **context: object) -> str:
        return await self._environment.get_template(template).render_async(context)

    def stream(self, template: str, **context: object) -> AsyncIterator[str]:
        """Give a page piece by piece, as what is in the context comes."""
        return self._environment.get_template(template).generate_async(context)


@cache
def _environment() -> Environment:
    """Return the templates with our words: compiled once, whoever fills them."""
    govuk = PackageLoader("govuk_frontend_jinja")
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("node.web"), PrefixLoader({"govuk_frontend_jinja": govuk})]
        ),
        autoescape=True,
        enable_async=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        address=encode_base64url,
        asked_of=call_back_words.asked_of,
        became=call_back_words.became,
        fits=call_back_words.fits,
        case_words=words.case_words,
        day=answer_words.day,
        differs=words.differs,
        done=call_back_words.done,
        duration=duration,
        involvement=answer_words.involvement,
        moment=moment,
        reason=answer_words.reason,
        role_words=words.role_words,
        section=words.section_of,
        steps_of=call_back_words.steps_of,
        summed=words.summed,
        task=call_back_words.task,
        tel=words.tel,
        unasked=answer_words.unasked,
        time_of_day=time_of_day,
        who=answer_words.who,
    )
    environment.globals.update(
        no_clearance=words.NO_CLEARANCE,
        outcomes=call_back_words.OUTCOMES,
        roles=words.ROLES,
        sections=words.SECTIONS,
        urgencies=call_back_words.URGENCIES,
        why_not=words.WHY_NOT,
    )
    return environment
