"""سجل التسليم: the list, what came since, which columns it has, and the files it becomes."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.domain.audit import Action
from portal.domain.log_filter import LogFilter
from portal.extensions import settings
from portal.pipeline.audit import note_alone
from portal.queries.deliveries import count_newer, event_with_key, list_deliveries, newest_id
from portal.queries.delivery_views import delivery_views
from portal.queries.hooks import event_labels, hook_names
from portal.queries.resends import unfinished_resends
from portal.web import log_columns, log_filters
from portal.web.access import actor
from portal.web.htmx import block, go, nothing, page, wants_part
from portal.web.log_export import csv_file, ndjson_file
from portal.web.routes.deliveries import bp
from portal.web.row_files import MOST_ROWS
from portal.web.seeing import masks, veil

SHOWN = 50
# How many seconds a page may look for matches that lie far back, and each further step of one that
# goes on by itself behind its bar.
PATIENCE, STEP_PATIENCE = 0.025, 0.25

bp.add_app_template_filter(log_filters.members_of, "log_members")
bp.add_app_template_filter(log_filters.without, "without")
bp.add_app_template_filter(log_filters.member_moment, "member_moment")
bp.add_app_template_filter(log_filters.FILTER_WORDS.__getitem__, "filter_word")
bp.add_app_template_global(log_columns.USUAL, "usual_columns")


@bp.get("")
def index() -> ResponseReturnValue:
    """The log, newest first."""
    account_id, before = actor().account_id, request.args.get("before")
    wanted = log_filters.wanted_in(request.args)
    newest = newest_id(account_id)
    found = list_deliveries(account_id, wanted, before, SHOWN, _patience(before), masks())
    shown, labels = log_columns.chosen_columns(), event_labels(account_id)
    return page(
        "deliveries/index.html",
        "deliveries_list",
        nav="deliveries",
        deliveries=delivery_views(found.items, account_id, veil(), labels),
        found=found,
        before=before,
        newest=newest,
        columns=shown,
        is_wide=log_columns.is_wide(shown),
        keyed=event_with_key(account_id, wanted.q.strip(), masks()),
        retention_days=settings().keep_undelivered_days,
        resends=unfinished_resends(account_id),
        most_rows=MOST_ROWS,
        filters=wanted,
        hook_names={hook.id: hook.name for hook in hook_names(account_id)},
        event_labels=labels,
        ranges=log_filters.quick_ranges(),
        all_columns=log_columns.COLUMNS,
    )


def _patience(before: str | None) -> float:
    return STEP_PATIENCE if before and wants_part() else PATIENCE


@bp.get("/fresh")
def fresh() -> ResponseReturnValue:
    """How many deliveries came since the page was shown; nothing while there are none."""
    after, wanted = request.args.get("after", ""), log_filters.wanted_in(request.args)
    newer = count_newer(actor().account_id, wanted, after, masks())
    if not newer.count and newer.upto == after:
        return nothing()
    return block(
        "deliveries/index.html", "fresh", fresh=newer.count, newest=newer.upto, filters=wanted
    )


@bp.post("/columns")
def columns() -> ResponseReturnValue:
    """Show other columns from now on, and the same deliveries."""
    if "usual" in request.form:
        log_columns.forget_columns()
    else:
        log_columns.keep_columns(request.form.getlist("column"))
    return go("deliveries.index", **log_filters.members_of(log_filters.wanted_in(request.args)))


@bp.get("/export.csv")
def export_csv() -> ResponseReturnValue:
    """All that the filter means, as a table for a spreadsheet."""
    return csv_file(actor().account_id, _noted())


@bp.get("/export.ndjson")
def export_ndjson() -> ResponseReturnValue:
    """All that the filter means, one JSON object a line, for a program."""
    return ndjson_file(actor().account_id, _noted())


def _noted() -> LogFilter:
    wanted = log_filters.wanted_in(request.args)
    note_alone(actor(), Action.LOG_EXPORTED, after=log_filters.members_of(wanted))
    return wanted
