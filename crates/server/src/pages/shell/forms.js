// What data-swap names is changed where it stands: the page that a link or a form leads to is asked for, and only that part
// of it is put in the place of the one that is there. Without a script the whole page is.
const swap = async (source, address, options) => {
  const place = source.dataset.swap;
  const answer = await fetch(address, options);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector(place);
  // What was changed is changed, also where the page that comes of it has no such part any more.
  if (!part && answer.ok && options) return location.assign(answer.url);
  if (!part || !document.querySelector(place)) throw new Error("the answer has no such part");
  document.querySelector(place).replaceWith(part);
  if (answer.ok && options) {
    // What was changed may be shown elsewhere too, as the name at the top.
    for (const it of document.querySelectorAll("[data-fresh]")) it.replaceWith(page.getElementById(it.id) ?? it);
    document.querySelector("[data-said]").textContent = page.querySelector(".note-good")?.textContent ?? "";
  }
  dress(part);
  const wrong = part.querySelector("[aria-invalid]");
  const field = wrong ?? part.querySelector("form :is(input:not([type=hidden]), select, textarea)");
  (field ?? part.querySelector("[data-swap]"))?.focus();
  history.replaceState(null, "", field ? location.pathname + location.search : location.pathname);
};
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-swap]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  swap(link, link.href).catch(() => location.assign(link.href));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.swap || event.defaultPrevented) return;
  event.preventDefault();
  const sent = new FormData(form);
  const body = form.enctype === "multipart/form-data" ? sent : new URLSearchParams(sent);
  swap(form, form.action, { method: "POST", body }).catch(() => form.submit());
});

// A field with several values gets one more on demand.
const dress = (part) => {
  for (const button of part.querySelectorAll("[data-row]")) button.hidden = false;
};
dress(document);
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-row]");
  if (!button) return;
  const last = button.previousElementSibling;
  const next = last.cloneNode();
  next.value = "";
  const rows = button.parentElement.querySelectorAll("input:not([type=hidden])").length;
  next.setAttribute("aria-label", last.getAttribute("aria-label").replace(/\d+$/, rows + 1));
  last.after(next);
  next.focus();
});

// People are suggested as one types a name.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.dataset.people === undefined) return;
  clearTimeout(field.waiting);
  field.waiting = setTimeout(async () => {
    const answer = await fetch("/company/suggest.json?q=" + encodeURIComponent(field.value));
    if (!answer.ok || answer.redirected) return;
    let list = document.getElementById("people-suggested");
    if (!list) {
      list = Object.assign(document.createElement("datalist"), { id: "people-suggested" });
      document.body.append(list);
    }
    list.replaceChildren(...(await answer.json()).map((value) => Object.assign(document.createElement("option"), { value })));
    field.setAttribute("list", list.id);
  }, 150);
});
