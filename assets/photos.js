/* Photos that go with what a form sends. Each is uploaded as soon as it is chosen, and the form only names it, so that a
   form that fails loses none. */
"use strict";

{
  /* As lk_app/photos has it. */
  const PHOTO_BYTES = 10 * 1024 * 1024;

  const PHOTO = {
    loading: "Загружаем фото",
    added: "Фото добавлено",
    lost: "Нет связи с\u00a0порталом, фото не загрузилось. Попробуйте ещё раз",
    tooLarge: "Файл больше 10\u00a0МБ. Выберите фото поменьше или сделайте новое",
    missing: "Фото не загрузилось. Добавьте его ещё раз или отправьте показания без него.",
  };

  const loads = new WeakMap();

  function photosOf(form) {
    return [...form.querySelectorAll("[data-photo]")];
  }

  /* The box shows what its mark says: nothing yet, `loading`, `added`. */
  function setPhoto(box, state, error = "") {
    const hadFocus = box.contains(document.activeElement);
    if (state) box.dataset.state = state;
    else delete box.dataset.state;
    tell(box.querySelector("[data-photo-said]"), PHOTO[state] ?? "");
    tell(box.querySelector("[data-photo-error]"), error);
    if (hadFocus) box.querySelector(state ? "[data-photo-drops]" : "[data-photo-adds]").focus();
  }

  function name(box, photo) {
    box.querySelector("[type=hidden]").value = photo;
  }

  function drop(box) {
    const load = loads.get(box);
    loads.delete(box);
    load?.request.abort();
    name(box, "");
    setPhoto(box, "");
  }

  function choose(input) {
    const box = input.closest("[data-photo]");
    const file = input.files[0];
    if (file && file.size > PHOTO_BYTES) setPhoto(box, "", PHOTO.tooLarge);
    else if (file) upload(box, file);
    // The same file can be chosen again after a failure.
    input.value = "";
  }

  /* Unlike fetch, this says how far it has come. */
  function upload(box, file) {
    const request = new XMLHttpRequest();
    const progress = box.querySelector("progress");
    progress.removeAttribute("value");
    request.upload.addEventListener("progress", (event) => (progress.value = event.loaded / event.total));
    const ended = new Promise((resolve) => request.addEventListener("loadend", resolve));
    loads.set(box, { request, done: ended.then(() => finishUpload(box, request)) });
    request.open("POST", "/api/readings/photos");
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("LK-Meter", encodeURIComponent(box.dataset.photo));
    request.send(file);
    setPhoto(box, "loading");
  }

  /* Returns whether a photo is missing that was wanted. */
  function finishUpload(box, request) {
    if (loads.get(box)?.request !== request) return false;
    loads.delete(box);
    const answer = request.response;
    if (answer?.photo) {
      name(box, answer.photo);
      setPhoto(box, "added");
      return false;
    }
    setPhoto(box, "", answer?.message ?? (request.status ? MESSAGES.broken : PHOTO.lost));
    return true;
  }

  /* ---------- what forms and people do ---------- */

  async function photosLoaded(form) {
    const missing = await Promise.all(photosOf(form).map((box) => loads.get(box)?.done));
    return missing.includes(true) ? PHOTO.missing : "";
  }

  // This script comes when it comes, maybe before forms.js.
  function joinForms() {
    beforeSending.push(photosLoaded);
    afterSending.push((form) => photosOf(form).forEach(drop));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", joinForms);
  else joinForms();

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-photo] [type=file]")) choose(event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-photo] button");
    const box = button?.closest("[data-photo]");
    if (button?.matches("[data-photo-adds]")) box.querySelector("[type=file]").click();
    if (button?.matches("[data-photo-drops]")) drop(box);
  });
}
