"""The Dash app: which address shows what, the search, and the CSV files.

Every page is made from one snapshot of the marts, opened for it and closed again, so that a new
publication is seen by the next page, and no page mixes two runs.
"""

from __future__ import annotations

import html as markup
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, unquote

import flask
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from orchestration.audit_page.changes import CHANGES, latest_change
from orchestration.audit_page.changes_page import changes_page
from orchestration.audit_page.elements import Content, aria, notice, person_address
from orchestration.audit_page.filters import BadAddressError, ChangesFilter, FindingsFilter
from orchestration.audit_page.findings import FINDINGS
from orchestration.audit_page.findings_page import findings_page
from orchestration.audit_page.guard import protect
from orchestration.audit_page.listing import Listing
from orchestration.audit_page.person import find_person, publication, read_person
from orchestration.audit_page.person_page import person_page, unknown_person_page
from orchestration.audit_page.spreadsheet import csv_text
from orchestration.audit_page.texts import Texts, read_texts
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection, Place
from orchestration.warehouse.places import is_missing
from orchestration.warehouse.snapshot import open_snapshot
from orchestration.workspace import Workspace

LOG = logging.getLogger(__name__)
LOOK_AGAIN_MS = 20_000
NAVIGATION = (("/", "nav_person"), ("/findings", "nav_findings"), ("/changes", "nav_changes"))
REQUIRED = ("leads", "lead_aliases", "lead_stage_changes", "lead_score_ledger", "audit_findings")
_INDEX = """<!DOCTYPE html>
<html lang="{lang}">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{%title%}}</title>
{{%favicon%}}
{{%css%}}
</head>
<body>
<noscript>{noscript}</noscript>
{{%app_entry%}}
<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
</body>
</html>
"""


class NotPublishedError(UnusableInputError):
    """There are no marts to show yet."""


@dataclass(frozen=True)
class Audit:
    """What the page shows, and in which language."""

    workspace: Workspace
    texts: Texts

    @property
    def place(self) -> Place:
        """Where readers find the marts."""
        return self.workspace.readers

    def page(self, path: str, search: str) -> list[Component]:
        """The whole page at an address."""
        said = ""
        try:
            if is_missing(self.place):
                raise NotPublishedError
            with open_snapshot(self.place) as connection:
                if not set(REQUIRED) <= set(connection.tables("marts")):
                    raise NotPublishedError
                said = _published(connection, self.texts)
                # an empty first day is said on purpose: from the beginning
                query = dict(parse_qsl(search.lstrip("?"), keep_blank_values=True))
                content = self._content(connection, path, query)
        except NotPublishedError:
            content = self._not_ready()
        except BadAddressError as error:
            name = self.texts.named("field", error.name)
            told = self.texts("bad_address", name=name, value=error.value)
            content = [
                html.H1(self.texts("bad_address_title")),
                notice(told, is_grave=True),
                html.P(html.A(self.texts("reset"), href=path)),
            ]
        except UnusableInputError as error:
            content = [html.H1(self.texts("failed_title")), notice(str(error), is_grave=True)]
        except Exception:  # whatever it is, the reader is told, and the terminal has the rest
            LOG.exception("the page at %s could not be made", path)
            content = [
                html.H1(self.texts("failed_title")),
                notice(self.texts("failed"), is_grave=True),
            ]
        return _frame(path, content, said, self.texts)

    def _content(
        self, connection: Connection, path: str, query: Mapping[str, str]
    ) -> list[Component]:
        texts = self.texts
        if path.startswith("/lead/"):
            wanted = unquote(path.removeprefix("/lead/"))
            lead_id = find_person(connection, wanted)
            if lead_id is None:
                return unknown_person_page(wanted, texts)
            person = read_person(connection, lead_id)
            return person_page(person, wanted, self.workspace.warehouse, texts)
        if path == "/findings":
            return findings_page(connection, query, texts)
        if path == "/changes":
            return changes_page(connection, query, texts)
        if path == "/":
            return _home(connection, texts)
        told = notice(texts("unknown_page", path=path), is_grave=True)
        return [html.H1(texts("unknown_page_title")), told]

    def _not_ready(self) -> list[Component]:
        return [
            html.H1(self.texts("not_ready_title")),
            notice(
                html.P(self.texts("not_ready", place=self.place)),
                html.P(self.texts("not_ready_what")),
            ),
        ]

    def address_of(self, wanted: str) -> str | None:
        """The address of the person with an id or email; None when nobody is known so."""
        with open_snapshot(self.place) as connection:
            lead_id = find_person(connection, wanted)
        return person_address(lead_id) if lead_id is not None else None

    def published_by(self) -> tuple[str, str] | None:
        """The run that readers see now, and when it published; None where there is none."""
        if is_missing(self.place):
            return None
        with open_snapshot(self.place) as connection:
            found = publication(connection)
        return (found.run_id, self.texts.minute(found.recorded_at)) if found else None

    def csv_pieces(self, listing: Listing, query: Mapping[str, str]) -> Iterator[str]:
        """The rows a page's address asks for, as a file in pieces."""
        with open_snapshot(self.place) as connection:
            if listing is CHANGES:
                wanted = ChangesFilter.parse(query, latest_change(connection)).condition()
            else:
                wanted = FindingsFilter.parse(query).condition()
            yield from csv_text(listing.columns, listing.all_rows(connection, wanted))


def make_app(workspace: Workspace, lang: str) -> Dash:
    """The app, to be served on loopback."""
    texts = read_texts(lang)
    audit = Audit(workspace, texts)
    app = _Titled(
        __name__,
        texts,
        serve_locally=True,
        suppress_callback_exceptions=True,  # the search field comes with the page
        update_title="",
        add_log_handler=False,
        index_string=_INDEX.format(lang=lang, noscript=markup.escape(texts("needs_scripts"))),
    )
    app.layout = html.Div(
        [
            dcc.Location(id="url", refresh=True),
            dcc.Interval(id="look-again", interval=LOOK_AGAIN_MS),
            dcc.Store(id="shown-run"),
            html.Div(id="newer", role="status"),
            html.Div(html.P(texts("loading")), id="page"),
        ]
    )
    _answer_callbacks(app, audit)
    _serve_files(app.server, audit)
    protect(app.server, app.csp_hashes())
    return app


class _Titled(Dash):
    """Names each page in the browser's title, which a screen reader says first."""

    def __init__(self, name: str, texts: Texts, **options: Any) -> None:
        super().__init__(name, title=texts("site"), **options)
        self._texts = texts

    def interpolate_index(
        self,
        metas: str = "",
        title: str = "",
        css: str = "",
        config: str = "",
        scripts: str = "",
        app_entry: str = "",
        favicon: str = "",
        renderer: str = "",
    ) -> str:
        """The document, whose title says which page it is."""
        said = markup.escape(page_title(flask.request.path, self._texts))
        document = super().interpolate_index(  # type: ignore[no-untyped-call]
            metas, said, css, config, scripts, app_entry, favicon, renderer
        )
        return str(document)


def page_title(path: str, texts: Texts) -> str:
    """The browser's title of the page at an address."""
    if path.startswith("/lead/"):
        said = texts("person_title", lead_id=unquote(path.removeprefix("/lead/")))
    else:
        said = texts(dict(NAVIGATION).get(path, "unknown_page_title"))
    return f"{said} · {texts('site')}"


def _answer_callbacks(app: Dash, audit: Audit) -> None:
    texts = audit.texts

    @app.callback(Output("page", "children"), Input("url", "pathname"), Input("url", "search"))
    def show(path: str | None, search: str | None) -> list[Component]:
        return audit.page(path or "/", search or "")

    @app.callback(
        Output("url", "href"),
        Output("found", "children"),
        Input("find-button", "n_clicks"),
        Input("find", "n_submit"),
        State("find", "value"),
        prevent_initial_call=True,
    )
    def find(clicks: int | None, submits: int | None, typed: str | None) -> tuple[Any, str]:
        if not clicks and not submits:
            raise PreventUpdate
        wanted = (typed or "").strip()
        if not wanted:
            return no_update, texts("find_nothing_typed")
        try:
            address = audit.address_of(wanted)
        except UnusableInputError as error:
            return no_update, str(error)
        if address is None:
            return no_update, texts("find_nobody", wanted=wanted)
        return address, ""

    @app.callback(
        Output("shown-run", "data"),
        Output("newer", "children"),
        Input("look-again", "n_intervals"),
        State("shown-run", "data"),
    )
    def look_again(_: int | None, shown: str | None) -> tuple[Any, Content]:
        found = audit.published_by()
        if found is None or found[0] == shown:
            raise PreventUpdate
        if shown is None:
            return found[0], ""
        link = html.A(texts("reload"), href="")
        return no_update, notice(texts("newer", at=found[1]), " ", link)


def _serve_files(server: flask.Flask, audit: Audit) -> None:
    def download(listing: Listing, name: str) -> flask.Response:
        pieces = audit.csv_pieces(listing, flask.request.args.to_dict())
        try:
            first = next(pieces)  # what is wrong with the address is known by now
        except BadAddressError as error:
            return flask.Response(str(error), 400, mimetype="text/plain")
        except UnusableInputError as error:
            return flask.Response(str(error), 503, mimetype="text/plain")
        return flask.Response(
            _closing(pieces, first),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @server.get("/changes.csv")
    def changes_file() -> flask.Response:
        return download(CHANGES, "lead_stage_changes.csv")

    @server.get("/findings.csv")
    def findings_file() -> flask.Response:
        return download(FINDINGS, "audit_findings.csv")


def _closing(pieces: Iterator[str], first: str) -> Iterable[str]:
    """All pieces; the snapshot is given back even when the reader goes away."""
    with closing(pieces):  # type: ignore[type-var]
        yield from chain([first], pieces)


def _home(connection: Connection, texts: Texts) -> list[Component]:
    tables = {"leads": "leads", "changes": "lead_stage_changes", "findings": "audit_findings"}
    counts = {
        name: int(connection.execute(f"select count(*) from marts.{table}").fetchone()[0])
        for name, table in tables.items()
    }
    known = {name: texts.number(count) for name, count in counts.items()}
    said = texts("home_counts", **known) if any(counts.values()) else texts("home_empty")
    return [
        html.H1(texts("home_title")),
        html.P(texts("home_lead")),
        html.P(texts("home_addresses")),
        html.H2(texts("home_counts_title")),
        html.P(said),
    ]


def _published(connection: Connection, texts: Texts) -> str:
    found = publication(connection)
    if found is None:
        return texts("unpublished_run")
    return texts("published", at=texts.minute(found.recorded_at), run=found.run_id)


def _frame(path: str, content: list[Component], said: str, texts: Texts) -> list[Component]:
    """The parts every page has."""

    def link(address: str, key: str) -> Component:
        is_here = path == address or (address == "/" and path.startswith("/lead/"))
        return html.Li(
            html.A(texts(key), href=address, **(aria(current="page") if is_here else {}))
        )

    search = html.Div(
        [
            html.Label(texts("find_label"), htmlFor="find"),
            dcc.Input(id="find", type="text", autoComplete="off"),
            html.Button(texts("find_button"), id="find-button", type="button"),
            html.P(id="found", role="status"),
        ],
        className="search",
        role="search",
    )
    navigation = html.Nav(
        html.Ul([link(*each) for each in NAVIGATION]), **aria(label=texts("nav_label"))
    )
    return [
        html.A(texts("skip"), href="#main", className="skip"),
        html.Header([html.P(texts("site"), className="site"), navigation, search]),
        html.Main(content, id="main", tabIndex=-1),
        html.Footer(html.P(said)),
    ]
