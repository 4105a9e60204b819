"""The least that a server could do for an event: parse it, insert one row, commit."""

import os

from flask import Flask, Response, request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal import create_app
from portal.extensions import db
from portal.pipeline.transactions import writing

portal_app = create_app()
app = Flask(__name__)
app.config.update(portal_app.config)

_SERIAL = {"postgresql": "BIGSERIAL", "sqlite": "INTEGER"}

with portal_app.app_context():
    kind = _SERIAL[db.engine.dialect.name]
    try:
        with writing() as session:
            session.execute(
                text(f"CREATE TABLE IF NOT EXISTS bench_rows (id {kind} PRIMARY KEY, data TEXT)")
            )
    except DBAPIError:
        os._exit(1)


@app.post("/insert")
def insert() -> Response:
    """One row, one commit."""
    event = request.get_json()
    with portal_app.app_context(), writing() as session:
        session.execute(
            text("INSERT INTO bench_rows (data) VALUES (:data)"), {"data": str(event["data"])}
        )
    return Response(status=202)


@app.post("/parse")
def parse() -> Response:
    """The JSON is read, and nothing is kept."""
    return Response(status=202 if request.get_json() else 400)
