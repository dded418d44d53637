"""The review as one self-contained HTML page, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.review.blocks import Section
from orchestration.review.findings import findings
from orchestration.review.marts import Review
from orchestration.review.plots import drawn, library
from orchestration.review.sections.funnel import cohorts, funnel
from orchestration.review.sections.headline import headline, looking
from orchestration.review.sections.others import benchmarks
from orchestration.review.sections.sales import contesting, recycling, velocities, wins
from orchestration.review.sections.service import response, service_levels
from orchestration.review.sections.sources import source_audit
from orchestration.review.speaker import Speaker
from orchestration.review.words import Language

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["drawn"] = drawn


def sections(say: Speaker) -> list[Section]:
    """Everything the page says, in its order."""
    return [
        headline(say),
        looking(say, findings(say.review)),
        funnel(say),
        cohorts(say),
        response(say),
        service_levels(say),
        recycling(say),
        contesting(say),
        wins(say),
        velocities(say),
        benchmarks(say),
        source_audit(say),
    ]


def notices(say: Speaker) -> Sequence[str]:
    """What has to be known of the month before anything else."""
    review, found = say.review, []
    if not review.is_over:
        found.append(say("running"))
    if review.month not in review.overall and not review.clocks:
        found.append(say("empty"))
    return found


def render_page(review: Review, lang: Language) -> str:
    """The HTML page of a month."""
    say = Speaker(review, lang)
    return _ENVIRONMENT.get_template("review.html").render(
        lang=lang,
        say=say,
        words=say.words,
        title=say("of"),
        notices=notices(say),
        sections=sections(say),
        plotly=library(),
    )


def write_page(review: Review, lang: Language, file: Path) -> Path:
    """Write the page of a month into a file, whole or not at all."""
    text = render_page(review, lang)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, encoding="utf-8")
    return part.replace(file)


def file_name(review: Review, lang: Language) -> str:
    """What the page of a month is called."""
    return f"{review.month.label}.{lang}.html"
