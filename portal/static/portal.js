// What the pages do beyond plain links and forms. Everything works without it, save copying.
"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const LOST = "تعذّر إتمام الطلب. تحقق من الاتصال ثم أعد المحاولة.";
  const FAILED = "تعذّر إتمام الطلب. أعد المحاولة.";
  root.classList.add("js");

  // Toasts: a success leaves by itself, an error stays until it is dismissed.
  function toast(message, level = "success") {
    const box = byId("toasts");
    if ([...box.children].some((one) => one.textContent.trim() === message)) return;
    const one = byId("toast-template").content.firstElementChild.cloneNode(true);
    one.dataset.level = level;
    if (level === "error") one.setAttribute("role", "alert");
    one.querySelector("span").textContent = message;
    box.append(one);
    if (level !== "error") setTimeout(() => one.remove(), 6400);
  }
  document.addEventListener("toast", ({ detail }) => toast(detail.message, detail.level));

  // The one dialog. A fragment that htmx puts into it opens it; anything marked closes it.
  const dialog = byId("dialog");
  function ask(form) {
    const { confirm, confirmTitle, confirmYes } = form.dataset;
    const body = byId("dialog-body");
    body.replaceChildren(byId("confirm-template").content.cloneNode(true));
    body.querySelector("h2").textContent = confirmTitle;
    body.querySelector("p").textContent = confirm;
    const yes = body.querySelector("[data-confirm-yes]");
    yes.textContent = confirmYes;
    yes.addEventListener("click", () => {
      dialog.close();
      form.dataset.confirmed = "yes";
      form.requestSubmit();
    });
    dialog.showModal();
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.confirmed !== "yes") {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form);
      return;
    }
    delete form.dataset.confirmed;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    else if (!form.hasAttribute("hx-post") && !form.hasAttribute("hx-get")) busy(form, event.submitter);
  }, true);

  // A form that has been sent shows it, and is not sent twice; Back finds it as it was.
  function busy(form, button) {
    form.setAttribute("aria-busy", "true");
    button?.classList.add("at-work");
    root.classList.add("loading");
  }
  addEventListener("pageshow", () => {
    root.classList.remove("loading");
    document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
    document.querySelectorAll(".at-work").forEach((button) => button.classList.remove("at-work"));
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    if (at("[data-dismiss]")) at(".toast").remove();
    if (at("[data-close]") && dialog.open) { event.preventDefault(); dialog.close(); }
    if (event.target === dialog) dialog.close();
    if (at("[data-copy], [data-copy-from]")) copy(at("[data-copy], [data-copy-from]"));
    if (at("[data-choose-all]")) chooseAll(at("[data-group]"));
    if (at(".menu a")) at(".menu").open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  async function textAt(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }
  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? await textAt(button.dataset.copyFrom));
    } catch {
      toast("تعذّر النسخ. حدّد النص وانسخه من لوحة المفاتيح.", "error");
      return;
    }
    byId("announce").textContent = button.dataset.copied;
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1600);
  }

  function chooseAll(group) {
    const boxes = [...group.querySelectorAll("input[type=checkbox]")];
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
  }

  // The warning about an address in the clear follows what is typed.
  document.addEventListener("input", ({ target }) => {
    const note = target.id && document.querySelector(`[data-insecure="${CSS.escape(target.id)}"]`);
    if (note) note.hidden = !/^\s*http:\/\//i.test(target.value);
  });

  // What was worked out from the fields is no longer true once they change.
  document.addEventListener("input", ({ target }) => {
    target.form?.querySelectorAll("[data-goes-stale]").forEach((one) => one.toggleAttribute("data-stale", true));
  });

  // htmx: the token, what is busy, what is new, and what failed.
  const polls = (element) => element?.hasAttribute?.("data-quiet");
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (polls(elt)) {
      if (document.hidden) event.preventDefault();
      return;
    }
    target?.setAttribute("aria-busy", "true");
    root.classList.add("loading");
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    // An answer may go elsewhere than where it was asked for.
    detail.requestConfig.target?.removeAttribute("aria-busy");
    root.classList.remove("loading");
  });
  let opened = new Map();
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const details = detail.target?.querySelectorAll?.("details[id]") ?? [];
    opened = new Map([...details].map((one) => [one.id, one.open]));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    // What is wrong is shown, even in a section that was closed.
    opened.forEach((open, id) => { if (byId(id)) byId(id).open = open || Boolean(byId(id).querySelector(".field-error")); });
    if (detail.target.id === "dialog-body" && !dialog.open) dialog.showModal();
  });
  document.addEventListener("htmx:load", ({ detail }) => {
    const words = detail.elt.matches?.("[data-announce]") ? detail.elt : detail.elt.querySelector?.("[data-announce]");
    if (words && byId("announce").textContent !== words.dataset.announce) byId("announce").textContent = words.dataset.announce;
  });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (!polls(detail.elt)) toast(FAILED, "error");
  });
  document.addEventListener("htmx:sendError", ({ detail }) => {
    if (!polls(detail.elt)) toast(LOST, "error");
  });
})();
