/* The queue of readings by keyboard, and the panel beside it. Whatever is done here is done by buttons the page has
   anyway; the dialogs are those of lk.js. React draws rows anew whenever something changes: what the focus stood on may
   go, and then it moves on to what comes next. */
"use strict";

{
  const WIDE = matchMedia("(min-width: 75rem)");
  const FOLLOWS_AFTER_MS = 200;
  const SENT_FOR_MS = 3000;
  const AIMED_FOR_MS = 500;
  const STEPS = { arrowdown: 1, j: 1, arrowup: -1, k: -1 };
  const DECISIONS = { a: "accepts", п: "accepts", r: "refuses", о: "refuses" };

  /* The row where the keyboard is, the ids of all as they stood then, and whether the focus is in the queue at all. */
  let current = "";
  let order = [];
  let held = false;
  /* Whether the panel shows whichever row the keyboard is at. */
  let following = false;
  let followsAt = 0;
  let lastMarked = null;
  /* What was decided about here, and when rows went that others had decided about. */
  const own = new Set();
  let movedAt = 0;

  const find = (selector) => document.querySelector(selector);
  const panel = () => document.getElementById("closer");
  const rows = () => [...document.querySelectorAll("[data-reading]")];
  const boxes = () => [...document.querySelectorAll("[data-mark]")];
  const marked = () => boxes().filter((box) => box.checked);
  const rowOf = (element) => element.closest?.("[data-reading]") ?? null;
  const rowWith = (id) => rows().find((row) => row.dataset.reading === id);
  const lookedAt = () => panel()?.querySelector("[data-looked-at]")?.dataset.lookedAt ?? "";

  /* ---------- where the keyboard is ---------- */

  /* One row of all is a stop of Tab. */
  function settle(id) {
    current = id;
    order = rows().map((row) => row.dataset.reading);
    rows().forEach((row) => (row.tabIndex = row.dataset.reading === id ? 0 : -1));
  }

  function step(row, by) {
    const all = rows();
    all[all.indexOf(row) + by]?.focus();
  }

  /* What took the place of the row that went. */
  function successor(ids) {
    const at = order.indexOf(current);
    const there = (id) => ids.includes(id);
    return order.slice(at + 1).find(there) ?? order.slice(0, Math.max(at, 0)).reverse().find(there) ?? ids[0];
  }

  function keepPlace() {
    const ids = rows().map((row) => row.dataset.reading);
    if (!ids.length) return;
    if (order.some((id) => !ids.includes(id) && !own.has(id))) movedAt = Date.now();
    settle(ids.includes(current) ? current : successor(ids));
    if (held && document.activeElement === document.body) rowWith(current).focus();
  }

  /* Rows move while somebody aims at one: what is pressed at that moment was not meant for the row that came. */
  function isMoving() {
    return Date.now() - movedAt < AIMED_FOR_MS;
  }

  /* ---------- the panel ---------- */

  function keepPanel() {
    const dialog = panel();
    const shown = lookedAt();
    rows().forEach((row) => row.toggleAttribute("data-looked", row.dataset.reading === shown));
    if (shown && !dialog.open) open(dialog);
    if (!rows().length) following = false;
    if (!shown && dialog.open && !following) dialog.close();
  }

  function open(dialog) {
    // Beside the table it leaves the focus where it is.
    if (WIDE.matches) return dialog.setAttribute("open", "");
    dialog.showModal();
    dialog.querySelector("h2").focus();
  }

  function look(row) {
    if (lookedAt() === row.dataset.reading) panel().querySelector("h2").focus();
    else row.querySelector("[data-looks]").click();
  }

  function follow() {
    clearTimeout(followsAt);
    if (!following) return;
    followsAt = setTimeout(() => {
      const row = rowWith(current);
      if (following && row && lookedAt() !== current) row.querySelector("[data-looks]").click();
    }, FOLLOWS_AFTER_MS);
  }

  /* ---------- decisions ---------- */

  function decide(row, decision, ofMarked) {
    if (ofMarked && !marked().length) return;
    const button = ofMarked ? find(`[data-${decision}-marked]`) : row.querySelector(`[data-${decision}]`);
    if (!button || "sent" in row.dataset || isMoving()) return;
    hush();
    button.click();
    if (decision === "refuses") return askWhy(row);
    if (!ofMarked) step(row, 1);
  }

  /* Whoever came by keyboard goes on by keyboard: to the reasons, and then back to the row. */
  function askWhy(row) {
    openers.set(document.getElementById("refusal"), row);
    (find("#refusal [name=reason]:checked") ?? find("#refusal [name=reason]")).focus();
  }

  function hush() {
    find("#said").textContent = "";
  }

  /* Nobody accepts the same row twice because the answer is not here yet. */
  function markSent(row) {
    own.add(row.dataset.reading);
    row.dataset.sent = "";
    setTimeout(() => delete row.dataset.sent, SENT_FOR_MS);
  }

  /* ---------- marked rows ---------- */

  function countMarked() {
    const ids = marked().map((box) => box.name);
    const words = `Отмечено: ${ids.length}`;
    const place = find("[data-count]");
    const refuses = find("[data-refuses-marked]");
    const all = find("[data-marks-all]");
    if (place.textContent !== words) place.textContent = words;
    Object.assign(refuses.dataset, { ids: ids.join(" "), what: words });
    if (all) all.checked = ids.length > 0 && ids.length === boxes().length;
    if (all) all.indeterminate = ids.length > 0 && !all.checked;
  }

  function markUpTo(box) {
    const all = boxes();
    const [first, last] = [all.indexOf(lastMarked), all.indexOf(box)].sort((one, other) => one - other);
    if (first >= 0) all.slice(first, last + 1).forEach((each) => (each.checked = box.checked));
  }

  /* ---------- what people do ---------- */

  function showKeys(from) {
    const button = find("[data-dialog=keys]");
    button.click();
    if (from !== document.body) openers.set(document.getElementById(button.dataset.dialog), from);
  }

  function isTyping(element) {
    return element.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
  }

  function isNowhere(element) {
    return element === document.body || element.matches("#main, #rows");
  }

  function onRow(row, event) {
    const key = event.key.toLowerCase();
    if (key in STEPS) step(row, STEPS[key]);
    else if (key in DECISIONS && !event.repeat) decide(row, DECISIONS[key], event.shiftKey);
    else if (key === " " && event.target === row) row.querySelector("[data-mark]").click();
    else if (key === "enter" && event.target.matches("tr, input")) look(row);
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (!find("[data-queue]") || isTyping(event.target) || find("dialog:modal")) return;
    const row = rowOf(event.target);
    if (event.key === "Escape" && panel()?.open) panel().close();
    else if (event.key === "?") showKeys(event.target);
    // Browsers would send the form: everything marked would be accepted.
    else if (event.key === "Enter" && event.target.matches("[data-marks-all]")) event.preventDefault();
    else if (row) onRow(row, event);
    else if (STEPS[event.key.toLowerCase()] === 1 && isNowhere(event.target) && rows().length) {
      (rowWith(current) ?? rows()[0]).focus();
      event.preventDefault();
    }
  });

  document.addEventListener("focusin", (event) => {
    held = Boolean(event.target.closest("[data-queue]"));
    const row = rowOf(event.target);
    if (!row) return;
    if (row.dataset.reading !== current) settle(row.dataset.reading);
    // Whoever reads about a row that a colleague took is told so, and not led away.
    if (!isMoving()) follow();
  });

  // Whoever clicks beside everything has put the keyboard down.
  document.addEventListener("pointerdown", () => (held = false), true);

  document.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest("[data-reading] [data-accepts]") || !event.isTrusted || !isMoving()) return;
      event.stopPropagation();
      event.preventDefault();
    },
    true,
  );

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-queue]")) return;
    const row = rowOf(event.target);
    const control = event.target.closest("a, button, input, label");
    // Scripts press buttons too, and what a form has just said has to be heard.
    if (control?.matches("button") && event.isTrusted) hush();
    if (control?.matches("[data-looks]")) following = WIDE.matches;
    if (row && control?.matches("[data-accepts]")) markSent(row);
    // In the panel, whose row may be on another page.
    if (!row && control?.matches("[data-accepts]")) own.add(lookedAt());
    if (control?.matches("[data-accepts-marked]")) marked().forEach((box) => own.add(box.name));
    if (control?.matches("[data-accepts-fine]")) rows().forEach((each) => own.add(each.dataset.reading));
    if (control?.matches("[data-mark]") && event.shiftKey) markUpTo(control);
    if (control?.matches("[data-mark]")) lastMarked = control;
    // Whoever selects a number to copy it does not want to look closer.
    if (row && !control && getSelection().isCollapsed) {
      row.focus();
      row.querySelector("[data-looks]").click();
    }
  });

  document.addEventListener("submit", (event) => {
    const refused = event.target.closest("#refusal form")?.elements.ids.value ?? "";
    refused.split(" ").forEach((id) => own.add(id));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-marks-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
    if (event.target.matches("[data-mark], [data-marks-all]")) countMarked();
  });

  // A dialog says by itself that it was closed, but only to those who listen on the way down.
  document.addEventListener(
    "close",
    (event) => {
      if (event.target !== panel()) return;
      following = false;
      if (lookedAt()) document.getElementById("put-closer-away").click();
      rowWith(current)?.focus();
    },
    true,
  );

  WIDE.addEventListener("change", () => panel()?.open && panel().close());

  function keepUp() {
    if (!find("[data-queue]") || !panel()) return;
    keepPlace();
    keepPanel();
    countMarked();
  }

  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-looked-at"] };
  new MutationObserver(keepUp).observe(document, watched);
  // The rows may be here already.
  keepUp();
}
