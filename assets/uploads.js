/* Files that go with what a form sends. Each is uploaded as soon as it is chosen, and the form only names it, so that a
   form that fails loses none. components/uploads.py makes the boxes. */
"use strict";

{
  const MEGABYTE = 1024 * 1024;

  /* Where a file of a kind goes, the header that says what it is about, how large it may be (as the server has it), and
     what is said of it. */
  const KINDS = {
    photo: {
      address: "/api/readings/photos",
      header: "LK-Meter",
      bytes: 10 * MEGABYTE,
      loading: () => "Загружаем фото",
      added: () => "Фото добавлено",
      lost: "Нет связи с\u00a0порталом, фото не загрузилось. Попробуйте ещё раз",
      tooLarge: "Файл больше 10\u00a0МБ. Выберите фото поменьше или сделайте новое",
      missing: "Фото не загрузилось. Добавьте его ещё раз или отправьте показания без него.",
    },
    attachment: {
      address: "/api/feedback/attachments",
      header: "LK-Name",
      bytes: 5 * MEGABYTE,
      loading: (name) => `Загружаем ${name}`,
      added: (name) => `Приложен ${name}`,
      lost: "Нет связи с\u00a0порталом, файл не загрузился. Попробуйте ещё раз",
      tooLarge: "Файл больше 5\u00a0МБ. Выберите файл поменьше: например, сделайте снимок экрана с\u00a0этим фото",
      missing: "Файл не загрузился. Приложите его ещё раз или отправьте сообщение без него.",
    },
  };

  const loads = new WeakMap();

  function boxesOf(form) {
    return [...form.querySelectorAll("[data-upload]")];
  }

  function kindOf(box) {
    return KINDS[box.dataset.upload];
  }

  /* The box shows what its mark says: nothing yet, `loading`, `added`. */
  function setBox(box, state, { name = "", error = "" } = {}) {
    const hadFocus = box.contains(document.activeElement);
    if (state) box.dataset.state = state;
    else delete box.dataset.state;
    tell(box.querySelector("[data-upload-said]"), state ? kindOf(box)[state](name) : "");
    tell(box.querySelector("[data-upload-error]"), error);
    if (hadFocus) box.querySelector(state ? "[data-upload-drops]" : "[data-upload-adds]").focus();
  }

  function setFile(box, file) {
    box.querySelector("[type=hidden]").value = file;
  }

  function drop(box) {
    const load = loads.get(box);
    loads.delete(box);
    load?.request.abort();
    setFile(box, "");
    setBox(box, "");
  }

  function choose(input) {
    const box = input.closest("[data-upload]");
    const file = input.files[0];
    if (file && file.size > kindOf(box).bytes) setBox(box, "", { error: kindOf(box).tooLarge });
    else if (file) upload(box, file);
    // The same file can be chosen again after a failure.
    input.value = "";
  }

  /* Half of a character, which old systems leave where they cut a name, can't be sent. */
  function wellFormed(name) {
    return name.replace(/\p{Surrogate}/gu, "");
  }

  /* Unlike fetch, this says how far it has come. */
  function upload(box, file) {
    const request = new XMLHttpRequest();
    const progress = box.querySelector("progress");
    progress.removeAttribute("value");
    request.upload.addEventListener("progress", (event) => (progress.value = event.loaded / event.total));
    const ended = new Promise((resolve) => request.addEventListener("loadend", resolve));
    loads.set(box, { request, done: ended.then(() => finishUpload(box, request)) });
    request.open("POST", kindOf(box).address);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader(kindOf(box).header, encodeURIComponent(box.dataset.about || wellFormed(file.name)));
    request.send(file);
    setBox(box, "loading", { name: file.name });
  }

  /* Returns why a file is missing that was wanted, or nothing. */
  function finishUpload(box, request) {
    if (loads.get(box)?.request !== request) return "";
    loads.delete(box);
    const answer = request.response;
    if (answer?.file) {
      setFile(box, answer.file);
      setBox(box, "added", answer);
      return "";
    }
    setBox(box, "", { error: answer?.message ?? (request.status ? MESSAGES.broken : kindOf(box).lost) });
    return kindOf(box).missing;
  }

  /* ---------- what forms and people do ---------- */

  async function uploadsEnded(form) {
    const missing = await Promise.all(boxesOf(form).map((box) => loads.get(box)?.done));
    return missing.find(Boolean) ?? "";
  }

  // This script comes when it comes, maybe before forms.js.
  function joinForms() {
    beforeSending.push(uploadsEnded);
    afterSending.push((form) => boxesOf(form).forEach(drop));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", joinForms);
  else joinForms();

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-upload] [type=file]")) choose(event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-upload] button");
    const box = button?.closest("[data-upload]");
    if (button?.matches("[data-upload-adds]")) box.querySelector("[type=file]").click();
    if (button?.matches("[data-upload-drops]")) drop(box);
  });
}
