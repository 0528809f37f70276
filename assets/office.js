/* The queues of readings and appeals by keyboard, and the panel beside them. Whatever is done here is done by buttons the
   page has anyway; the dialogs are those of lk.js. React draws rows anew whenever something changes: what the focus stood
   on may go, and then it moves on to what comes next. */
"use strict";

{
  const WIDE = matchMedia("(min-width: 75rem)");
  const FOLLOWS_AFTER_MS = 200;
  const SENT_FOR_MS = 3000;
  const AIMED_FOR_MS = 500;
  const STEPS = { arrowdown: 1, j: 1, arrowup: -1, k: -1 };
  /* By the name a queue gives its rows: the marks of the buttons that keys press. */
  const ACTIONS = {
    reading: { a: "accepts", п: "accepts", r: "refuses", о: "refuses" },
    appeal: { t: "takes", в: "takes", r: "answers", о: "answers", c: "ends", з: "ends" },
  };

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
  const kind = () => find("[data-queue]")?.dataset.queue;
  const idOf = (row) => row.dataset[kind()];
  const rows = () => [...document.querySelectorAll(`[data-${kind()}]`)];
  const boxes = () => [...document.querySelectorAll("[data-mark]")];
  const marked = () => boxes().filter((box) => box.checked);
  const rowOf = (element) => element.closest?.(`[data-${kind()}]`) ?? null;
  const rowWith = (id) => rows().find((row) => idOf(row) === id);
  const lookedAt = () => panel()?.querySelector("[data-looked-at]")?.dataset.lookedAt ?? "";

  /* ---------- where the keyboard is ---------- */

  /* One row of all is a stop of Tab. */
  function settle(id) {
    current = id;
    order = rows().map(idOf);
    rows().forEach((row) => (row.tabIndex = idOf(row) === id ? 0 : -1));
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
    const ids = rows().map(idOf);
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
    rows().forEach((row) => row.toggleAttribute("data-looked", idOf(row) === shown));
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
    if (lookedAt() === idOf(row)) panel().querySelector("h2").focus();
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

  /* ---------- what is done about rows ---------- */

  function act(row, action, ofMarked) {
    if (ofMarked && !marked().length) return;
    const button = ofMarked ? find(`[data-${action}-marked]`) : row.querySelector(`[data-${action}]`);
    if (!button || "sent" in row.dataset || isMoving()) return;
    hush();
    if (action === "answers") return answer(row, button);
    button.click();
    if (button.dataset.dialog) return goInto(document.getElementById(button.dataset.dialog), row);
    if (action === "accepts" && !ofMarked) step(row, 1);
  }

  /* Whoever came by keyboard goes on by keyboard: to what is asked, and then back to the row. */
  function goInto(dialog, row) {
    openers.set(dialog, row);
    const places = ["input:checked", "input:not([type=hidden]), select, textarea", "[type=submit]"];
    places.map((place) => dialog.querySelector(place)).find(Boolean).focus();
  }

  function hush() {
    find("#said").textContent = "";
  }

  /* Nobody accepts the same row twice because the answer is not here yet. */
  function markSent(row) {
    own.add(idOf(row));
    row.dataset.sent = "";
    setTimeout(() => delete row.dataset.sent, SENT_FOR_MS);
  }

  /* ---------- answers ---------- */

  /* What is being written to each appeal: the panel goes on to another one, and comes back. */
  const drafts = new Map();
  let drafted = "";
  /* Which appeal somebody is about to answer, until its form is there. */
  let awaitedForm = "";

  const answerField = () => document.getElementById("answer-text");

  function answer(row, button) {
    awaitedForm = idOf(row);
    if (lookedAt() === awaitedForm) startWriting();
    else button.click();
  }

  function startWriting() {
    if (!awaitedForm || lookedAt() !== awaitedForm) return;
    awaitedForm = "";
    answerField()?.focus();
  }

  function keepDraft() {
    const shown = answerField() ? lookedAt() : "";
    if (shown === drafted) return;
    drafted = shown;
    if (shown) answerField().value = drafts.get(shown) ?? "";
  }

  /* Nothing that was typed goes, be it selected or not. */
  function insertTemplate() {
    const field = answerField();
    const choice = document.getElementById("answer-template");
    if (!choice.value) return choice.focus();
    const at = field.selectionEnd;
    const begun = field.value.slice(0, at).trim() !== "" && !field.value.slice(0, at).endsWith("\n");
    field.setRangeText((begun ? "\n\n" : "") + choice.value, at, at, "end");
    choice.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  // This script comes when it comes, maybe before forms.js.
  function joinForms() {
    afterSending.push((form) => {
      if (form.contains(answerField())) drafts.delete(form.elements.appeal.value);
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", joinForms);
  else joinForms();

  // Whoever leaves or reloads the page is asked first.
  window.addEventListener("beforeunload", (event) => {
    if ([...drafts.values()].some((text) => text.trim())) event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    if (event.target === answerField()) drafts.set(lookedAt(), event.target.value);
  });

  /* ---------- marked rows ---------- */

  function countMarked() {
    if (!find("[data-count]")) return;
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
    else if (key in ACTIONS[kind()] && !event.repeat) act(row, ACTIONS[kind()][key], event.shiftKey);
    else if (key === " " && event.target === row) row.querySelector("[data-mark]")?.click();
    else if (key === "enter" && event.target.matches("tr, input")) look(row);
    else return;
    event.preventDefault();
  }

  function onAnswer(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    // Beside the table it leads back to the row; a dialog closes by itself.
    else if (event.key === "Escape" && !event.isComposing && !find("dialog:modal")) rowWith(current)?.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.target === answerField()) return onAnswer(event);
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
    if (idOf(row) !== current) settle(idOf(row));
    // Whoever reads about a row that a colleague took is told so, and not led away.
    if (!isMoving()) follow();
  });

  // Whoever clicks beside everything has put the keyboard down.
  document.addEventListener("pointerdown", () => (held = false), true);

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("[data-accepts], [data-takes]");
      if (!button || !rowOf(button) || !event.isTrusted || !isMoving()) return;
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
    if (control?.matches("[data-accepts-fine]")) rows().forEach((each) => own.add(idOf(each)));
    if (control?.matches("[data-inserts]")) insertTemplate();
    if (control?.matches("[data-mark]") && event.shiftKey) markUpTo(control);
    if (control?.matches("[data-mark]")) lastMarked = control;
    // Whoever selects a number to copy it does not want to look closer.
    if (row && !control && getSelection().isCollapsed) {
      row.focus();
      row.querySelector("[data-looks]").click();
    }
  });

  document.addEventListener("submit", (event) => {
    const { ids, appeal } = event.target.elements;
    if (kind()) (ids ?? appeal)?.value.split(" ").forEach((id) => own.add(id));
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
    keepDraft();
    startWriting();
    countMarked();
  }

  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-looked-at"] };
  new MutationObserver(keepUp).observe(document, watched);
  // The rows may be here already.
  keepUp();
}
