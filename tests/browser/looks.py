"""What a page must be whatever it shows: read by machines, by readers of Arabic, at any width."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Characters of machine text, one after the other, that do not stand one right of the other.
_SCRAMBLED = r"""() => {
  const found = [];
  for (const one of document.querySelectorAll("bdi.ltr, code[dir=ltr], pre[dir=ltr]")) {
    const nodes = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let before = null;
    while (nodes.nextNode()) {
      const text = nodes.currentNode.data;
      // A person's words run as they run, inside an isolate of their own.
      if (/[\u0590-\u08ff]/.test(text)) { before = null; continue; }
      for (let place = 0; place < Math.min(text.length, 200); place++) {
        if (!/[!-~]/.test(text[place])) { before = null; continue; }
        range.setStart(nodes.currentNode, place);
        range.setEnd(nodes.currentNode, place + 1);
        const box = range.getBoundingClientRect();
        if (!box.width) { before = null; continue; }
        if (before && Math.abs(box.y - before.y) < 2 && box.x < before.x) {
          found.push(one.textContent.slice(0, 80));
          place = text.length;
        }
        before = box;
      }
    }
  }
  return [...new Set(found)];
}"""

# Machine text that runs with the Arabic around it: addresses, moments, ids, signs before digits.
_BARE = r"""() => {
  const machine = [
    /https?:\/\//, /\d{4}-\d\d-\d\d/, /[a-z]{3}_[0-9a-v]{20,}/, /[A-Za-z]+[-_.:/][A-Za-z]/,
    /(^|\s)[-+]\d/,
  ];
  const isolated = "bdi, [dir=ltr], [dir=auto], script, style, template, textarea, option, svg";
  const found = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const text = nodes.currentNode.data;
    if (nodes.currentNode.parentElement.closest(isolated)) continue;
    if (machine.some((one) => one.test(text))) found.push(text.trim().slice(0, 120));
  }
  return found;
}"""


# What is in order is as long as a page, and nobody reads it.
_VIOLATIONS = "options => axe.run(options).then((found) => found.violations)"


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds wrong with the page, a line for each element; only by ``rules`` where
    they are named."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found: list[dict[str, Any]] = page.evaluate(_VIOLATIONS, options)
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def scrambled(page: Page) -> list[str]:
    """The machine texts of the page whose characters do not run from left to right."""
    return page.evaluate(_SCRAMBLED)


def bare_machine_text(page: Page) -> list[str]:
    """The texts of the page in which something of a machine's is not isolated."""
    return page.evaluate(_BARE)


# Numbers everything that a pointer could act on, one of each group of radio buttons.
_MARK_REACHABLE = r"""() => {
  const groups = new Set();
  const all = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const there = [...document.querySelectorAll(all)].filter((one) => {
    if (!one.checkVisibility() || one.disabled || one.type === "hidden" || one.tabIndex < 0) {
      return false;
    }
    return one.type !== "radio" || (!groups.has(one.name) && groups.add(one.name));
  });
  there.forEach((one, number) => { one.dataset.reachable = number; });
  return there.length;
}"""
_REACHED = r"""() => {
  const one = document.activeElement;
  // A field inside a frame leaves it to the frame to show.
  const shows = [one, one.parentElement].some((part) => {
    const look = part && getComputedStyle(part);
    return look && (look.outlineStyle !== "none" || look.boxShadow !== "none");
  });
  return shows ? Number(one.dataset.reachable ?? -1) : null;
}"""


def mark_reachable(page: Page) -> int:
    """Number all that can be acted on, from 0, and return how many that is."""
    return page.evaluate(_MARK_REACHABLE)


def reached(page: Page) -> int | None:
    """The number of what has the focus; -1 for something without; None where it does not show."""
    return page.evaluate(_REACHED)
