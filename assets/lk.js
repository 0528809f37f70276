/* What needs no server, or has to work before the page comes alive: the sign-in form, «Показать» beside passwords,
   cards that open, the notice that cookies are off. It changes only attributes, and text only where the page leaves it
   to us: React, which takes over the same markup later, must find it as it was made. */
"use strict";

const SIGN_IN = "form[data-sign-in]";
const SIGN_OUT = "form[action='/api/session/end']";

const MESSAGES = {
  credentials: "Имя или пароль не подходят. Проверьте язык клавиатуры и попробуйте ещё раз.",
  pace: "Слишком много попыток. Подождите несколько минут и попробуйте ещё раз.",
  offline: "Нет связи с порталом. Проверьте подключение к интернету и нажмите «Войти» ещё раз.",
  broken: "Портал сейчас не отвечает. Попробуйте ещё раз через несколько минут.",
};

function tell(form, message) {
  form.querySelector("[role=alert]").textContent = message;
}

function markEmpty(input) {
  const empty = input.value.trim() === "";
  input.setAttribute("aria-invalid", empty);
  document.getElementById(input.getAttribute("aria-describedby")).hidden = !empty;
  return empty;
}

function checkedInputs(form) {
  return [...form.querySelectorAll("input[aria-describedby]")];
}

function setBusy(form, busy) {
  form.setAttribute("aria-busy", busy);
}

function reveal(button, shown) {
  document.getElementById(button.getAttribute("aria-controls")).type = shown ? "text" : "password";
  button.toggleAttribute("data-shown", shown);
}

async function signIn(form) {
  if (form.getAttribute("aria-busy") === "true") return;
  tell(form, "");
  const [firstEmpty] = checkedInputs(form).filter(markEmpty);
  if (firstEmpty) return firstEmpty.focus();

  // Browsers offer to keep a password only from a field that hides it.
  form.querySelectorAll("[data-shown]").forEach((button) => reveal(button, false));
  setBusy(form, true);
  const answer = await send(form);
  if (answer.next) {
    rememberSignedIn(true);
    return location.replace(answer.next);
  }
  setBusy(form, false);
  tell(form, answer.message);
  if (answer.retype) {
    form.elements.password.focus();
    form.elements.password.select();
  }
}

async function send(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("next", new URLSearchParams(location.search).get("next") ?? fields.get("next"));
  let response;
  try {
    response = await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
  } catch {
    return { message: MESSAGES.offline };
  }
  try {
    const answer = await response.json();
    if (response.ok) return { next: answer.next };
    return { message: answer.message ?? MESSAGES.broken, retype: response.status === 401 };
  } catch {
    return { message: MESSAGES.broken };
  }
}

/* Pages open to all keep room for the menu from the first moment, if somebody is probably signed in. */
function rememberSignedIn(signedIn) {
  if (signedIn) localStorage.setItem("signed-in", "");
  else localStorage.removeItem("signed-in");
}

function open(head) {
  const details = head.parentElement.querySelector("details");
  details.open = !details.open;
}

/* Sent without this script, the form was answered with a reason in the address. */
function tellWhyRefused() {
  const form = document.querySelector(SIGN_IN);
  const reason = new URLSearchParams(location.search).get("refused");
  if (form && reason) tell(form, MESSAGES[reason] ?? MESSAGES.broken);
}

document.addEventListener("submit", (event) => {
  if (event.target.matches(SIGN_OUT)) rememberSignedIn(false);
  if (!event.target.matches(SIGN_IN)) return;
  event.preventDefault();
  signIn(event.target);
});

document.addEventListener("input", (event) => {
  if (event.target.getAttribute("aria-invalid") === "true" && event.target.closest(SIGN_IN)) markEmpty(event.target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveals]");
  if (button) reveal(button, !button.hasAttribute("data-shown"));
  const head = event.target.closest("[data-opens]");
  // Whoever selects a sum to copy it does not want the card to move.
  if (head && !event.target.closest("a, button") && getSelection().isCollapsed) open(head);
});

/* Back from the next page: browsers may restore this one in the middle of being sent. */
window.addEventListener("pageshow", () => {
  document.querySelectorAll(SIGN_IN).forEach((form) => setBusy(form, false));
});

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
document.addEventListener("DOMContentLoaded", tellWhyRefused);
