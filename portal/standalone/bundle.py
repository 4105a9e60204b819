"""What is taken from the npm packages, and what is made of it: fonts.css and one icon sprite."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

FONTS = "@fontsource/ibm-plex-sans-arabic"
FAMILY, SUBSETS, WEIGHTS = "IBM Plex Sans Arabic", ("arabic", "latin"), (400, 600)
ICONS = "@tabler/icons"

# Where a file stands in the packages, and its name here.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "@tabler/core/dist/css/tabler.rtl.min.css": "tabler.rtl.min.css",
    "htmx.org/LICENSE": "licences/htmx.txt",
    f"{ICONS}/LICENSE": "licences/tabler-icons.txt",
    f"{FONTS}/LICENSE": "licences/ibm-plex-sans-arabic.txt",
}

FACE = """\
@font-face {{
  font-family: "{family}";
  font-style: normal;
  font-weight: {weight};
  font-display: swap;
  src: url("{file}") format("woff2");
  unicode-range: {range};
}}
"""

SVG = "http://www.w3.org/2000/svg"
# Tabler draws an invisible square first, which a symbol has no use for.
SQUARE = "M0 0h24v24H0z"
# Kept from the icon's own element; its size and class are the page's affair.
KEPT = ("viewBox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


def build(packages: Path, icons: list[str], folder: Path) -> None:
    """Fill the empty ``folder`` from the installed ``packages`` (a node_modules folder).

    ``icons`` are names of Tabler's outline icons. Raises ``OSError`` when a file is missing.
    """
    for source, name in FILES.items():
        _copy(packages / source, folder / name)
    (folder / "fonts.css").write_text(_fonts(packages / FONTS, folder), encoding="utf-8")
    sprite = _sprite(packages / ICONS / "icons" / "outline", icons)
    (folder / "icons.svg").write_text(sprite, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _fonts(package: Path, folder: Path) -> str:
    ranges = json.loads((package / "unicode.json").read_text(encoding="utf-8"))
    faces = []
    for weight in WEIGHTS:
        for subset in SUBSETS:
            file = f"files/ibm-plex-sans-arabic-{subset}-{weight}-normal.woff2"
            _copy(package / file, folder / "fonts" / Path(file).name)
            url = f"fonts/{Path(file).name}"
            faces.append(FACE.format(family=FAMILY, weight=weight, file=url, range=ranges[subset]))
    return "\n".join(faces)


def _sprite(folder: Path, icons: list[str]) -> str:
    ElementTree.register_namespace("", SVG)
    sprite = ElementTree.Element(f"{{{SVG}}}svg")
    for name in icons:
        sprite.append(_symbol(folder / f"{name}.svg", name))
    ElementTree.indent(sprite)
    return ElementTree.tostring(sprite, encoding="unicode") + "\n"


def _symbol(path: Path, name: str) -> ElementTree.Element:
    icon = ElementTree.parse(path).getroot()
    kept = {key: value for key, value in icon.attrib.items() if key in KEPT}
    symbol = ElementTree.Element(f"{{{SVG}}}symbol", {"id": name, **kept})
    symbol.extend(part for part in icon if part.get("d") != SQUARE)
    return symbol
