/* Forms. What carries a password or a code is sent by HTTP, never through the page's socket, and without leaving the
   page, so that nothing typed is lost. Components/forms.py makes the places this script writes to, and React leaves
   their content alone. */
"use strict";

const SENT = "form[data-sent]";
const SIGN_IN = "form[action='/api/session']";
const STAFF_SIGN_IN = "form[action='/api/office/session']";
const ANY_SIGN_IN = `${SIGN_IN}, ${STAFF_SIGN_IN}`;
const CHECKED_AFTER_MS = 200;
const CLICKED_AFTER_MS = 100;
const PREVIEWED_AFTER_MS = 250;
/* Who listens must not hear of each digit. */
const HEARD_AFTER_MS = 1200;
/* Nobody needs to know before how much more may be written. */
const LEFT_IS_SAID_FROM = 300;
/* Whether these are right is known only once, when the form is sent. */
const JUDGED_WHEN_SENT = ["captcha", "code"];
/* The server forgets a picture after ten minutes. */
const CAPTCHA_LIVES_MS = 9 * 60_000;

const MESSAGES = {
  credentials: "Имя или пароль не подходят. Проверьте язык клавиатуры и Caps Lock и попробуйте ещё раз.",
  pace: "Слишком много попыток. Подождите несколько минут и попробуйте ещё раз.",
  broken: "Портал сейчас не отвечает. Попробуйте ещё раз через несколько минут.",
  ended: "Сеанс закончился. Войдите и\u00a0откройте документ ещё раз.",
  paying: "Сеанс закончился. Войдите, чтобы узнать, что с\u00a0платежом. Если деньги списаны, они не потеряются.",
  registered: "Регистрация завершена. Войдите с\u00a0новым именем и\u00a0паролем.",
  recovered: "Имя и\u00a0пароль изменены. Войдите с\u00a0ними.",
  picture: "Картинка не загрузилась. Нажмите «Другая картинка»",
  sound: "Не получилось включить звук. Попробуйте другую картинку",
};

function offline(form) {
  const button = form.querySelector("[type=submit]").textContent;
  const untouched = form.dataset.waits ? "Деньги не списаны. " : "";
  return (
    untouched +
    "Нет связи с порталом. Всё, что вы ввели, осталось на месте. " +
    `Проверьте подключение к интернету и нажмите «${button}» ещё раз.`
  );
}

/* ---------- fields and what is said of them ---------- */

function fieldsOf(form) {
  return [...form.querySelectorAll("[data-field]")];
}

function controlsOf(field) {
  return [...field.querySelectorAll("input:not([type=hidden]), select, textarea")];
}

function passwordsOf(form) {
  return [...form.querySelectorAll("[data-password]")];
}

function isEmpty(field) {
  const empty = (control) => (/checkbox|radio/.test(control.type) ? !control.checked : control.value.trim() === "");
  return controlsOf(field).every(empty);
}

function isMissing(field) {
  return !field.hidden && "missing" in field.dataset && isEmpty(field);
}

/* A form with checks is judged by the server at once, so that nobody hears of empty fields first and of wrong ones
   after that. */
function missingFields(form) {
  return form.dataset.checks ? [] : fieldsOf(form).filter(isMissing);
}

function isWrong(field) {
  return errorOf(field).textContent !== "";
}

function tell(place, text) {
  place.textContent = text;
}

function noteOf(form) {
  return form.querySelector("[data-note]");
}

function summaryOf(form) {
  return form.querySelector("[data-summary]");
}

function statusOf(form) {
  return document.getElementById(form.dataset.says ?? "") ?? form.querySelector("[data-status]");
}

function errorOf(field) {
  return field.querySelector("[data-error]");
}

/* The error of a field that was left has to be heard; those of a form that was sent are read from its summary. */
function setHeard(field, heard) {
  if (heard) errorOf(field).setAttribute("aria-live", "polite");
  else errorOf(field).removeAttribute("aria-live");
}

function mark(field, text) {
  tell(errorOf(field), text);
  const marked = field.matches("[role=radiogroup]") ? [field] : controlsOf(field);
  marked.forEach((control) => control.setAttribute("aria-invalid", text !== ""));
  if (text) field.hidden = false;
}

function silence(form) {
  [noteOf(form), summaryOf(form)].forEach((place) => tell(place, ""));
}

function focusField(field) {
  controlsOf(field)[0].focus();
}

/* A form of two fields is seen whole: there a summary would only repeat what stands below it. */
function pointAtErrors(form) {
  const fields = fieldsOf(form);
  const wrong = fields.filter(isWrong);
  if (wrong.length === 1 || fields.length < 3) return focusField(wrong[0]);
  const summary = summaryOf(form);
  const title = document.createElement("h2");
  const list = document.createElement("ul");
  title.textContent = `Проверьте ${counted(wrong.length)}`;
  list.append(...wrong.map(summaryLine));
  summary.replaceChildren(title, list);
  summary.focus();
}

function summaryLine(field) {
  const line = document.createElement("li");
  const link = document.createElement("a");
  const error = errorOf(field).textContent;
  link.textContent = `${field.dataset.label}: ${error.charAt(0).toLowerCase()}${error.slice(1)}`;
  link.href = `#${controlsOf(field)[0].id}`;
  link.className = "link";
  line.append(link);
  return line;
}

function counted(fields) {
  const words = { one: "поле", few: "поля" };
  return `${fields}\u00a0${words[new Intl.PluralRules("ru").select(fields)] ?? "полей"}`;
}

/* ---------- sending ---------- */

/* Other scripts add to these: what a form waits for (it returns why it can't be sent, or nothing), and what is to be
   forgotten when it has served. */
const beforeSending = [];
const afterSending = [];

function isBusy(form) {
  return form.getAttribute("aria-busy") === "true";
}

function setBusy(form, busy) {
  form.setAttribute("aria-busy", busy);
}

async function submit(form, submitter) {
  if (isBusy(form)) return;
  checks.get(form)?.abort();
  stopPreview(form);
  silence(form);
  tell(statusOf(form), form.dataset.waits ?? "");
  fieldsOf(form).forEach((field) => setHeard(field, false));
  const missing = missingFields(form);
  missing.forEach((field) => mark(field, field.dataset.missing));
  if (missing.length) {
    tell(statusOf(form), "");
    return pointAtErrors(form);
  }

  // Browsers offer to keep a password only from a field that hides it.
  form.querySelectorAll("[data-shown]").forEach((button) => reveal(button, false));
  setBusy(form, true);
  giveKey(form);
  const obstacles = (await Promise.all(beforeSending.map((wait) => wait(form)))).filter(Boolean);
  const answer = obstacles.length ? { message: obstacles.join(" "), lost: true } : await send(form, submitter);
  if (answer.next) return goOn(form, answer.next);
  setBusy(form, false);
  if (answer.done) finish(form, answer);
  else refuse(form, answer);
}

/* What is written at length goes under a key: if the answer is lost the same is sent again, and kept once. */
function keyOf(form) {
  return form.querySelector("[data-key]");
}

function giveKey(form) {
  const key = keyOf(form);
  if (!key || key.value) return;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  key.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* The form has served: what was written in it belongs to what was sent. */
function empty(form) {
  form.reset();
  if (keyOf(form)) keyOf(form).value = "";
  afterSending.forEach((forget) => forget(form));
}

/* Back leads from step 2 to step 1, but not into a form that has served. */
function goOn(form, next) {
  if (form.matches(SIGN_IN)) rememberSignedIn(true);
  if (form.matches(ANY_SIGN_IN) || next.startsWith("/login")) location.replace(next);
  else location.assign(next);
}

function post(address, fields, signal) {
  const headers = { Accept: "application/json" };
  return fetch(address, { method: "POST", body: fields, headers, credentials: "same-origin", signal });
}

/* Returns what the server answered, or that it never did (`lost`). */
async function send(form, submitter) {
  const fields = new URLSearchParams(new FormData(form));
  // Which of its buttons was pressed, where that makes a difference.
  if (submitter?.name) fields.set(submitter.name, submitter.value);
  const wanted = new URLSearchParams(location.search).get("next");
  if (form.matches(ANY_SIGN_IN) && wanted) fields.set("next", wanted);
  let response;
  try {
    response = await post(form.action, fields);
  } catch {
    return { message: offline(form), lost: true };
  }
  try {
    const answer = await response.json();
    const known = answer.next || answer.done || answer.errors || answer.message;
    return known ? answer : { message: MESSAGES.broken };
  } catch {
    return { message: MESSAGES.broken };
  }
}

function finish(form, answer) {
  const dialog = form.closest("dialog");
  if (dialog || keyOf(form)) empty(form);
  dialog?.close();
  clear(form);
  // Another code was asked for: one has to wait anew.
  countdowns.delete(form.closest("[data-resend-in]"));
  const status = statusOf(form);
  tell(status, answer.done);
  status.scrollIntoView({ block: "nearest" });
  if (answer.download) download(answer.download);
  if (answer.handed) handOver(answer.handed, dialog);
  awaited = form.dataset.focuses ?? "";
  if (awaited) openers.delete(dialog);
  focusAwaited();
  document.getElementById(form.dataset.then ?? "")?.click();
}

/* By a link, because a change of address would close the page's socket. */
function download(address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

/* What is shown once, a password or a key: it stands in a dialog, and nowhere once that is closed. */
function handOver(handed, from) {
  const dialog = document.querySelector("[data-hands]").closest("dialog");
  openers.set(dialog, openers.get(from));
  showHanded(dialog, handed);
  dialog.showModal();
  dialog.querySelector("h2").focus();
}

function showHanded(dialog, handed) {
  for (const place of dialog.querySelectorAll("[data-handed]")) {
    const text = handed[place.dataset.handed] ?? "";
    if (!place.matches("img")) tell(place, text);
    else if (text) place.src = text;
    else place.removeAttribute("src");
    place.closest("[data-part]").hidden = !text;
  }
}

/* The id of what gets the focus once it is there. */
let awaited = "";

function focusAwaited() {
  const place = document.getElementById(awaited);
  if (!place) return;
  awaited = "";
  place.focus();
}

function refuse(form, answer) {
  tell(statusOf(form), "");
  const errors = { ...answer.errors };
  for (const field of answer.lost ? [] : fieldsOf(form)) {
    const name = field.dataset.field;
    // What was just refused is not judged again because the focus moves to it.
    touched.delete(field);
    mark(field, errors[name] ?? "");
    if (answer.retype && name in errors) passwordsOf(field).forEach((input) => (input.value = ""));
    delete errors[name];
  }
  if (!answer.lost && (!answer.errors || "captcha" in answer.errors)) renewCaptcha(form);
  const note = noteOf(form);
  tell(note, answer.message ?? Object.values(errors).join(" "));
  if (answer.sign_in) note.append(" ", signInLink(form));
  if (answer.errors && fieldsOf(form).some(isWrong)) pointAtErrors(form);
  else note.scrollIntoView({ block: "nearest" });
  if (answer.retype && answer.message) askAgain(form);
  if (form.dataset.previews && !answer.lost) previewSoon(form);
  // The page is behind: it shows what is new, and the form keeps what was typed.
  if (answer.stale) document.getElementById(form.dataset.stale ?? "")?.click();
}

/* What is written at length would be lost with the page: one signs in beside it, and sends it then. */
function signInLink(form) {
  const link = document.createElement("a");
  link.textContent = keyOf(form) ? "Войти в новой вкладке, потом вернуться и отправить" : "Войти";
  if (keyOf(form)) link.target = "_blank";
  const entrance = location.pathname.startsWith("/office") ? "/office/login" : "/login";
  link.href = `${entrance}?${new URLSearchParams({ next: location.pathname + location.search })}`;
  link.className = "link";
  return link;
}

/* The password is to be typed again: selected, it is replaced by what comes. */
function askAgain(form) {
  passwordsOf(form)[0]?.focus();
  passwordsOf(form)[0]?.select();
}

/* No password stays in a form that is put away, nor what was said about it. */
function clear(form) {
  silence(form);
  forgetPreview(form);
  passwordsOf(form).forEach((input) => (input.value = ""));
  for (const field of fieldsOf(form)) {
    mark(field, "");
    if ("asked" in field.dataset) field.hidden = field.dataset.asked !== "now";
  }
}

/* ---------- checking a field as it is left ---------- */

const touched = new WeakSet();
const checks = new WeakMap();

/* Whoever presses a button must not see it move away from under the pointer. */
let released = Promise.resolve();

function whilePressed() {
  released = new Promise((resolve) => {
    const later = () => setTimeout(resolve, CLICKED_AFTER_MS);
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, later, { once: true });
  });
}

function leave(field, next) {
  const form = field.closest(SENT);
  const sending = next?.matches("[type=submit]") && form.contains(next);
  if (!form.dataset.checks || field.contains(next) || sending || !touched.has(field)) return;
  setTimeout(() => checkAround(field, form), CHECKED_AFTER_MS);
}

/* An error elsewhere may have been about this field: passwords that differ. */
function checkAround(field, form) {
  if (isBusy(form) || field.contains(document.activeElement)) return;
  const others = fieldsOf(form).filter((other) => other !== field && isWrong(other) && !isEmpty(other));
  [field, ...others].forEach((each) => check(each, form));
}

async function check(field, form) {
  touched.delete(field);
  if (JUDGED_WHEN_SENT.includes(field.dataset.field)) return;
  const text = isMissing(field) ? field.dataset.missing : await askServer(field, form);
  await released;
  if (text === null || isBusy(form) || touched.has(field)) return;
  mark(field, text);
}

/* Returns the error, nothing when all is well, or null when that cannot be known now. */
async function askServer(field, form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("captcha");
  fields.delete("captcha_id");
  fields.set("field", field.dataset.field);
  if (checks.get(form)?.signal.aborted !== false) checks.set(form, new AbortController());
  try {
    const response = await post(form.dataset.checks, fields, checks.get(form).signal);
    if (!response.ok) return null;
    return (await response.json()).errors[field.dataset.field] ?? "";
  } catch {
    return null;
  }
}

/* ---------- what a form would mean, as it is typed ---------- */

const previews = new WeakMap();

/* Each question takes the place of the one before, so that the newest answer wins. */
function previewSoon(form) {
  stopPreview(form);
  const asked = new AbortController();
  const timers = [setTimeout(preview, PREVIEWED_AFTER_MS, form, asked.signal)];
  previews.set(form, { asked, timers });
}

function stopPreview(form) {
  const { asked, timers } = previews.get(form) ?? { timers: [] };
  asked?.abort();
  timers.forEach(clearTimeout);
}

function forgetPreview(form) {
  stopPreview(form);
  form.querySelectorAll("[data-place], [data-heard]").forEach((place) => tell(place, ""));
}

async function preview(form, signal) {
  const places = await askPreview(form, signal);
  if (signal.aborted) return;
  // Without an answer nothing is said: what stood there was about other figures.
  for (const place of form.querySelectorAll("[data-place]")) tell(place, places?.[place.dataset.place] ?? "");
  if (places) confirmationsOf(form).forEach(askToConfirm);
  const heard = form.querySelector("[data-heard]");
  const text = places?.[heard.dataset.heard] ?? "";
  previews.get(form).timers.push(setTimeout(tell, HEARD_AFTER_MS, heard, text));
}

async function askPreview(form, signal) {
  try {
    const response = await post(form.dataset.previews, new URLSearchParams(new FormData(form)), signal);
    return response.ok ? (await response.json()).places : null;
  } catch {
    return null;
  }
}

function confirmationsOf(form) {
  return [...form.querySelectorAll("[data-confirms]")];
}

/* A box is there as long as there is something to confirm. */
function askToConfirm(field) {
  const needed = field.querySelector("[data-place]").textContent !== "";
  if (!needed) mark(field, "");
  field.hidden = !needed;
}

/* What was confirmed was another value. */
function takeBackConfirmations(form, name) {
  for (const field of confirmationsOf(form)) {
    if (field.dataset.confirms === name) controlsOf(field).forEach((box) => (box.checked = false));
  }
}

/* ---------- what is written at length ---------- */

const laterHeard = new WeakMap();

function countLeft(area) {
  const left = Number(area.dataset.most) - [...area.value].length;
  const text = left < 0 ? `Лишних знаков: ${-left}` : left <= LEFT_IS_SAID_FROM ? `Осталось знаков: ${left}` : "";
  const field = area.closest("[data-field]");
  tell(field.querySelector("[data-left]"), text);
  clearTimeout(laterHeard.get(area));
  laterHeard.set(area, setTimeout(tell, HEARD_AFTER_MS, field.querySelector("[data-left-heard]"), text));
}

const repliesTo = new WeakMap();

/* What was typed for one conversation must not be sent to another; a page that loads anew shows none for a moment. */
function forgetOtherReplies() {
  for (const form of document.querySelectorAll("[data-replies-to]")) {
    const now = form.dataset.repliesTo;
    if (!now || now === repliesTo.get(form)) continue;
    if (repliesTo.has(form)) empty(form);
    repliesTo.set(form, now);
  }
}

/* ---------- captcha ---------- */

/* The picture that hangs now, kept here because the page may draw its frame anew. */
let captcha = null;
let sound = null;

function isStale() {
  return Boolean(captcha?.id) && Date.now() - captcha.since > CAPTCHA_LIVES_MS;
}

async function renewCaptcha(form) {
  const field = form.querySelector("[data-field=captcha]");
  if (!field) return;
  captcha = { id: "", since: Date.now() };
  field.querySelector("[name=captcha]").value = "";
  try {
    const response = await post("/api/captcha");
    captcha.id = (await response.json()).id ?? "";
  } catch {
    captcha.id = "";
  }
  if (captcha.id) hang(field);
  else mark(field, MESSAGES.picture);
}

function hang(field) {
  const box = field.querySelector("[data-captcha]");
  if (!box) return;
  box.querySelector("[name=captcha_id]").value = captcha.id;
  box.querySelector("img").src = `/api/captcha/${captcha.id}.png`;
}

function hangCaptchas() {
  for (const id of document.querySelectorAll("[name=captcha_id]")) {
    if (id.value) continue;
    if (!captcha || isStale()) renewCaptcha(id.form);
    else if (captcha.id) hang(id.closest("[data-field]"));
  }
}

function listen(field) {
  sound?.pause();
  sound = new Audio(`/api/captcha/${captcha.id}.wav`);
  sound.play().catch(() => mark(field, MESSAGES.sound));
}

/* ---------- when another code may be asked for ---------- */

const countdowns = new WeakMap();

function startCountdowns() {
  for (const box of document.querySelectorAll("[data-resend-in]")) {
    const seconds = box.dataset.resendIn;
    if (countdowns.get(box)?.seconds === seconds) continue;
    countdowns.set(box, { seconds, ends: Date.now() + 1000 * seconds });
    countDown(box);
  }
}

function countDown(box) {
  const left = Math.ceil((countdowns.get(box).ends - Date.now()) / 1000);
  box.toggleAttribute("data-waiting", left > 0);
  tell(box.querySelector("[role=timer]"), left > 0 ? minutesAndSeconds(left) : "");
  clearTimeout(countdowns.get(box).timer);
  if (left > 0 && box.isConnected) countdowns.get(box).timer = setTimeout(countDown, 500, box);
}

function minutesAndSeconds(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/* ---------- what people do ---------- */

document.addEventListener("submit", (event) => {
  if (!event.target.matches(SENT)) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});

document.addEventListener("input", (event) => {
  const field = event.target.closest(`${SENT} [data-field]`);
  if (!field) return;
  if (event.target.matches("[data-most]")) countLeft(event.target);
  touched.add(field);
  setHeard(field, true);
  if (isWrong(field)) mark(field, "");
  const form = field.closest("[data-previews]");
  if (!form || "confirms" in field.dataset) return;
  takeBackConfirmations(form, field.dataset.field);
  previewSoon(form);
});

document.addEventListener("reset", (event) => {
  // The event comes before the fields are emptied.
  setTimeout(() => event.target.querySelectorAll("[data-most]").forEach(countLeft));
});

document.addEventListener("pointerdown", whilePressed);

document.addEventListener("focusout", (event) => {
  const field = event.target.closest(`${SENT} [data-field]`);
  if (field) leave(field, event.relatedTarget);
});

document.addEventListener("focusin", (event) => {
  const answer = event.target.closest("[name=captcha]");
  if (answer?.value === "" && isStale()) renewCaptcha(answer.form);
});

document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-summary] a");
  if (line) {
    event.preventDefault();
    document.getElementById(line.hash.slice(1)).focus();
  }
  // What was said before would lie over the page for ever.
  const opener = event.target.closest("[data-dialog]");
  const opened = document.getElementById(opener?.dataset.dialog ?? "");
  opened?.querySelectorAll(SENT).forEach((form) => tell(statusOf(form), ""));
  // What was typed before the dialog was closed is still there.
  for (const form of opened?.querySelectorAll("[data-previews]") ?? []) {
    if (!fieldsOf(form).every(isEmpty)) previewSoon(form);
  }
  const button = event.target.closest("[data-captcha] button");
  if (button?.matches("[data-another]")) renewCaptcha(button.form);
  if (button?.matches("[data-listen]")) listen(button.closest("[data-field]"));
});

// A dialog says by itself that it was closed, but only to those who listen on the way down.
document.addEventListener("close", (event) => event.target.querySelectorAll(SENT).forEach(clear), true);
document.addEventListener("close", (event) => showHanded(event.target, {}), true);

/* Back from the next page: browsers may restore this one in the middle of being sent. */
window.addEventListener("pageshow", (event) => {
  // What the page says may be old: one has just come back from the bank.
  if (event.persisted && document.querySelector("dialog[open]")) return location.reload();
  document.querySelectorAll(SENT).forEach((form) => {
    setBusy(form, false);
    if (event.persisted) renewCaptcha(form);
  });
});

const welcomed = new WeakSet();

/* Why the sign-in page was opened stands in its address: `done`, or `refused` when the form was sent without scripts. */
function tellWhyOpened() {
  const form = document.querySelector(SIGN_IN);
  if (!form || welcomed.has(form)) return;
  welcomed.add(form);
  const asked = new URLSearchParams(location.search);
  if (asked.has("refused")) tell(noteOf(form), MESSAGES[asked.get("refused")] ?? MESSAGES.broken);
  if (asked.get("next")?.startsWith("/payments/return")) tell(noteOf(form), MESSAGES.paying);
  if (asked.has("done")) tell(statusOf(form), MESSAGES[asked.get("done")] ?? "");
}

document.addEventListener("DOMContentLoaded", () => {
  // Forms, frames of pictures and countdowns come and go as the page learns what to show.
  const marks = ["data-resend-in", "data-replies-to"];
  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: marks };
  const prepare = () =>
    [tellWhyOpened, hangCaptchas, startCountdowns, focusAwaited, forgetOtherReplies].forEach((start) => start());
  new MutationObserver(prepare).observe(document.body, watched);
  prepare();
});
