// What makes the pages quick where a script may run. Without it everything works all the same.

// Menus close when one clicks elsewhere or presses Escape, which gives the focus back.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target instanceof Element && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Where a row of links is too long for the window, one sees at which of them one is.
for (const current of document.querySelectorAll(".tabs [aria-current], .side [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}

// A form is sent once, however often one clicks, and asks first where it says data-confirm.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// <form method="get" data-live="#results"> is sent as one types, and only that part of the page is replaced.
const replaceLive = async (form) => {
  const address = new URL(form.action);
  address.search = new URLSearchParams(new FormData(form)).toString();
  form.asking?.abort();
  form.asking = new AbortController();
  try {
    const answer = await fetch(address, { signal: form.asking.signal });
    if (!answer.ok || answer.redirected) return form.submit();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector(form.dataset.live);
    if (!part) return form.submit();
    document.querySelector(form.dataset.live).replaceWith(part);
    history.replaceState(null, "", address);
  } catch (problem) {
    if (problem.name !== "AbortError") form.submit();
  }
};
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.live) return;
  clearTimeout(form.waiting);
  form.waiting = setTimeout(() => replaceLive(form), 120);
});
document.addEventListener("submit", (event) => {
  if (!event.target.dataset.live) return;
  event.preventDefault();
  replaceLive(event.target);
});
