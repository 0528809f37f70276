/* What needs no server and has to work before the page comes alive: «Показать» beside passwords, cards and dialogs that
   open, the notice that cookies are off; and what has to work when the page is cut off: it clears itself as a session
   runs out. It changes only attributes, and in dialogs the places that are left to it:
   React, which takes over the same markup later, must find it as it was made. Forms are in forms.js. */
"use strict";

const SIGN_OUT = "form[action='/api/session/end']";
/* Between the button's click and the end of the session. */
const SIGNED_OUT_AFTER_MS = 1500;

function reveal(button, shown) {
  const inputs = button.getAttribute("aria-controls").split(" ").map((id) => document.getElementById(id));
  inputs.forEach((input) => (input.type = shown ? "text" : "password"));
  button.toggleAttribute("data-shown", shown);
}

/* Pages open to all keep room for the menu from the first moment, if somebody is probably signed in. */
function rememberSignedIn(signedIn) {
  if (signedIn) localStorage.setItem("signed-in", "");
  else localStorage.removeItem("signed-in");
}

/* Whoever signs out in one tab is out in all: the others must not go on showing what was theirs. Staff are apart, and
   what a stranger is typing stays. */
window.addEventListener("storage", ({ key, newValue }) => {
  const left = key === "signed-in" && newValue === null && !inOffice() && secondsLeft() > 0;
  if (left) setTimeout(() => location.reload(), SIGNED_OUT_AFTER_MS);
});

/* ---------- the end of a session ---------- */

const LOOKS_AT_CLOCK_EVERY_MS = 1000;
const WARNS_BEFORE_MS = 60_000;
const TELLS_OF_USE_EVERY_MS = 5 * 60_000;
const ANSWERED_WITHIN_MS = 5000;
const CLEARED_WITHIN_MS = 3000;

/* By the clock and not by timers, which stand still while a computer sleeps: when the session ends, if nobody uses it;
   how long it had to live when the page learned that; when somebody last used the page, and when the server was told. */
let endsAt = Infinity;
let lives = 0;
let usedAt = Date.now();
let toldAt = Date.now();
let asking = false;

function inOffice() {
  return /^\/office(\/|$)/.test(location.pathname);
}

/* What the page was told as it opened; 0 when it shows nothing of anybody's. */
function secondsLeft() {
  const mark = document.getElementById("session");
  return Number((inOffice() ? mark?.dataset.staffLeft : mark?.dataset.left) ?? 0);
}

function watchSession() {
  const left = secondsLeft();
  if (left !== lives) {
    lives = left;
    endsAt = left ? Date.now() + 1000 * left : Infinity;
  }
  if (!endsSoon()) forgetEnding();
  if (!left) return;
  const now = Date.now();
  const used = usedAt > toldAt;
  const { ending } = document.documentElement.dataset;
  if (now >= endsAt) end();
  else if (endsSoon() ? !ending || (used && ending !== "last") : used && now - toldAt > TELLS_OF_USE_EVERY_MS) keep();
}

function endsSoon() {
  return endsAt - Date.now() <= Math.min(WARNS_BEFORE_MS, 1000 * (lives / 3));
}

function forgetEnding() {
  delete document.documentElement.dataset.ending;
  delete document.documentElement.dataset.over;
}

/* Returns how long the session lives still, or null when that cannot be known now. It is told when the page was used, for
   there is much to type that needs no server; to be asked does not keep a session alive. */
async function askLeft() {
  asking = true;
  toldAt = Date.now();
  const body = new URLSearchParams({ unused: Math.floor((toldAt - usedAt) / 1000) });
  try {
    const asked = { method: "POST", body, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) };
    const response = await fetch(inOffice() ? "/api/office/session/left" : "/api/session/left", asked);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  } finally {
    asking = false;
  }
}

async function keep() {
  if (asking) return;
  const answer = await askLeft();
  if (answer) endsAt = Date.now() + 1000 * answer.left;
  if (endsSoon()) document.documentElement.dataset.ending = answer?.last ? "last" : "soon";
  else forgetEnding();
}

/* Another tab may have kept the session alive; until that is known nothing is to be seen. */
async function end() {
  document.documentElement.dataset.over = "";
  if (asking) return;
  const answer = await askLeft();
  if (answer?.left) {
    endsAt = Date.now() + 1000 * answer.left;
    return forgetEnding();
  }
  // By its socket the page goes where it would go if somebody had touched it; without one it can only be loaded anew.
  if (!answer) return location.reload();
  asking = true;
  document.getElementById("session").click();
  setTimeout(() => {
    asking = false;
    if (secondsLeft()) location.reload();
  }, CLEARED_WITHIN_MS);
}

setInterval(watchSession, LOOKS_AT_CLOCK_EVERY_MS);

const marks = { subtree: true, attributes: true, attributeFilter: ["data-left", "data-staff-left"] };
new MutationObserver(watchSession).observe(document, marks);

for (const wakes of ["visibilitychange", "focus", "online", "pageshow"]) window.addEventListener(wakes, watchSession, true);

for (const use of ["keydown", "pointerdown", "wheel", "input", "click"]) {
  const note = (event) => event.isTrusted && (usedAt = Date.now());
  window.addEventListener(use, note, { capture: true, passive: true });
}

/* Nobody is asked whether to stay on a page that may not be shown. */
window.addEventListener("beforeunload", (event) => {
  if ("over" in document.documentElement.dataset) event.stopImmediatePropagation();
});

function openCard(head) {
  const details = head.parentElement.querySelector("details");
  if (details) details.open = !details.open;
}

/* ---------- dialogs ---------- */

const openers = new WeakMap();

/* One dialog serves all rows of a list: what tells them apart stands on their buttons. */
function fill(dialog, button) {
  for (const place of dialog.querySelectorAll("[data-filled]")) {
    const text = button.dataset[place.dataset.filled];
    if (place.matches("input")) place.value = text;
    else place.textContent = text;
  }
  // Where the focus goes when the form has served: the button may be gone by then.
  if (button.dataset.focuses) dialog.querySelector("form").dataset.focuses = button.dataset.focuses;
}

/* What depends on a choice: a link asks for what is chosen, another form sends it. */
function follow(choice) {
  for (const place of choice.closest("dialog").querySelectorAll(`[data-follows="${choice.name}"]`)) {
    if (place.matches("input")) place.value = choice.value;
    else place.search = new URLSearchParams({ [choice.name]: choice.value });
  }
}

/* The browser itself says that a range ends before it begins, at its end, and does not send it. */
function checkRange(form) {
  const last = form.querySelector("[data-not-before]");
  if (!last) return;
  const backwards = Number(last.value) < Number(form.elements[last.dataset.notBefore].value);
  last.setCustomValidity(backwards ? "Этот месяц раньше первого. Выберите более поздний." : "");
}

function openDialog(button) {
  const dialog = document.getElementById(button.dataset.dialog);
  openers.set(dialog, button);
  fill(dialog, button);
  dialog.querySelectorAll("select").forEach(follow);
  // React keeps what an amount opened with the first time; what is owed may have changed since.
  dialog.querySelectorAll("[data-amount]").forEach((input) => (input.value = input.defaultValue));
  dialog.querySelectorAll("[data-summed]").forEach(sumUp);
  dialog.showModal();
  dialog.querySelector("h2").focus();
}

/* What the amounts typed in a form come to; nothing is said where one can't be read. */
function sumUp(form) {
  const typed = [...form.querySelectorAll("[data-amount]")].map((input) => kopecksOf(input.value));
  const sum = typed.reduce((total, amount) => total + amount, 0);
  const money = new Intl.NumberFormat("ru", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  form.querySelector("[data-total]").textContent = isNaN(sum) ? "—" : `${money.format(sum / 100)}\u00a0₽`;
}

function kopecksOf(text) {
  const figures = text.trim().replace(/^₽|(?:₽|р(?:уб)?\.?)$/gi, "").replace(/\s/g, "");
  if (!figures) return 0;
  const typed = /^(\d{1,12})(?:[.,](\d{0,2}))?$/.exec(figures);
  return typed ? Number(typed[1]) * 100 + Number((typed[2] ?? "").padEnd(2, "0")) : NaN;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-summed]");
  if (form) sumUp(form);
});

/* ---------- paper ---------- */

/* One office of the list, or all: app.css leaves the others out while one is marked. */
function printFor(button) {
  button.closest(`.${button.dataset.prints}`)?.toggleAttribute("data-printed", true);
  print();
}

addEventListener("afterprint", () => {
  document.querySelectorAll("[data-printed]").forEach((part) => part.removeAttribute("data-printed"));
});

/* ---------- pages that wait ---------- */

const ASKS_EVERY_MS = 3000;
const ASKS_FOR_MS = 30 * 60 * 1000;

/* A page that nobody looks at, or that has waited for long, does not ask. */
let lookedAt = Date.now();

function ask() {
  if (document.hidden || Date.now() - lookedAt > ASKS_FOR_MS) return;
  document.querySelectorAll("[data-asks]").forEach((button) => button.click());
}

setInterval(ask, ASKS_EVERY_MS);

document.addEventListener("visibilitychange", () => {
  lookedAt = Date.now();
  ask();
});

/* Whoever selects text and lets go outside the dialog does not want to close it. */
let pressedOn = null;

document.addEventListener("pointerdown", (event) => (pressedOn = event.target));

document.addEventListener("change", (event) => {
  if (!event.target.matches("dialog select")) return;
  follow(event.target);
  checkRange(event.target.form);
});

document.addEventListener("submit", (event) => {
  if (event.target.matches(SIGN_OUT)) rememberSignedIn(false);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-reveals]")) reveal(button, !button.hasAttribute("data-shown"));
  if (button?.matches("[data-dialog]")) openDialog(button);
  if (button?.matches("[data-prints]")) printFor(button);
  event.target.closest("[data-closes]")?.closest("dialog").close();
  // The backdrop belongs to the dialog; everything else lies in the box within.
  if (event.target.matches("dialog") && pressedOn === event.target) event.target.close();
  const head = event.target.closest("[data-opens]");
  // Whoever selects a sum to copy it does not want the card to move.
  if (head && !event.target.closest("a, button") && getSelection().isCollapsed) openCard(head);
});

// Safari does not focus a button that is clicked, and so would not come back to it.
document.addEventListener("close", (event) => openers.get(event.target)?.focus({ preventScroll: true }), true);

/* A browser that refuses cookies refuses these storages too, and the page would break when it asks for them. */
function memoryStorage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key),
  };
}

function cookiesWork() {
  try {
    return navigator.cookieEnabled && Boolean(localStorage && sessionStorage);
  } catch {
    return false;
  }
}

// The head waits for this script, so that these marks are there before the first paint.
if (!cookiesWork()) {
  document.documentElement.dataset.cookies = "off";
  for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, { value: memoryStorage() });
} else if (localStorage.getItem("signed-in") !== null) {
  document.documentElement.dataset.signedIn = "";
}
