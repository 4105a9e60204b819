"""المساعدة: what receivers and callers have to know, with code that they can copy."""

from pathlib import Path

from flask import Blueprint, Response, current_app

from portal.web.htmx import page

bp = Blueprint("help", __name__, url_prefix="/help")

SAMPLES = Path("templates/help/samples")
LANGUAGES = (
    ("python", "Python"),
    ("php", "PHP"),
    ("node", "Node.js"),
    ("java", "Java"),
    ("csharp", "C#"),
    ("go", "Go"),
)


@bp.get("")
def show() -> Response:
    """The one page of help; it holds nothing of the account, so every role may read it."""
    folder = Path(current_app.root_path, SAMPLES)
    samples = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
    return page("help/show.html", nav="help", languages=LANGUAGES, samples=samples)
