// Sliders: pages of ours that slide over the page one is on, each in a frame. A link with data-slider opens one, and so does
// an app's link in a text; with another button or key, or without a script, they are links as all others.

// What a page in a slider may ask of the page below all sliders.
const inside = window.frameElement?.slider ?? null;
const sliders = [];
// Resolved once the history is where it was before the last slider was closed.
let settled = Promise.resolve();

const make = (name, parent, properties = {}) => {
  const element = Object.assign(document.createElement(name), properties);
  parent.append(element);
  return element;
};
const pixels = (value) => (Number(value) > 0 ? `${Math.min(Math.max(Number(value), 280), 10000)}px` : "");
const isColour = (value) => typeof value === "string" && CSS.supports("color", value);

// Resolves when the slider is closed.
const openHere = async (address, { title = "", width, leftBoundary, label } = {}) => {
  await settled;
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new Error("not a page of ours");
  url.searchParams.delete("IFRAME");
  url.searchParams.delete("IFRAME_TYPE");
  const own = url.href;
  url.searchParams.set("IFRAME", "Y");

  const dialog = make("dialog", document.body, { className: "slider" });
  const bar = make("div", dialog, { className: "slider-bar" });
  const heading = make("h2", bar, { className: "slider-title", textContent: title });
  if (label && typeof label.text === "string" && label.text) {
    const tag = make("span", bar, { className: "tag", textContent: label.text.slice(0, 60) });
    if (isColour(label.bgColor)) tag.style.background = label.bgColor;
    if (isColour(label.color)) tag.style.color = label.color;
  }
  make("a", bar, { className: "button slider-own", href: own, target: "_blank", rel: "noopener", textContent: document.body.dataset.ownPage });
  const cross = make("button", bar, { type: "button", className: "slider-close", textContent: "\u00d7" });
  cross.setAttribute("aria-label", document.body.dataset.close);
  const frame = make("iframe", dialog, { title: title || document.title });
  dialog.setAttribute("aria-label", title || document.title);
  if (leftBoundary !== undefined && Number(leftBoundary) >= 0) dialog.style.width = `calc(100vw - ${Number(leftBoundary)}px)`;
  else if (width !== undefined) dialog.style.width = pixels(width);

  const setTitle = (text) => {
    heading.textContent = frame.title = text;
    dialog.setAttribute("aria-label", text);
  };
  const close = () => dialog.open && dialog.close();
  // The page in it finds this as its own `inside`.
  frame.slider = { open: openHere, close, setTitle };
  frame.addEventListener("load", () => {
    // What may not stand in a frame, such as where one signs in again, is gone to instead.
    if (!frame.contentDocument) location.assign(own);
    else if (!title) setTitle(frame.contentDocument.title.replace(/ · Muster$/, ""));
  });
  cross.addEventListener("click", close);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && event.clientX < dialog.getBoundingClientRect().left) close();
  });
  const closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      sliders.splice(sliders.indexOf(entry), 1);
      dialog.remove();
      // Closed by the button «back», the history is there already.
      if (!entry.isGone && history.state?.slider) {
        settled = new Promise((done) => {
          window.addEventListener("popstate", done, { once: true });
          setTimeout(done, 500);
        });
        history.back();
      }
      resolve();
    });
  });
  const entry = { close, isGone: false };
  sliders.push(entry);
  history.pushState({ slider: sliders.length }, "");
  dialog.showModal();
  frame.src = url.href;
  return closed;
};
window.addEventListener("popstate", (event) => {
  const depth = event.state?.slider ?? 0;
  for (const entry of sliders.slice(depth).reverse()) {
    entry.isGone = true;
    entry.close();
  }
});
// Where a page stands in a slider, the page below opens the next one over it.
const openSlider = inside ? inside.open : openHere;

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-slider], a[href^='/marketplace/view/']");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  // The focus comes back to what is still seen once the menu is closed.
  const menu = link.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  openSlider(link.href, { title: link.textContent.trim() });
});
// Before the menus and dialogs of the page in the slider hear of it, since theirs is the first Escape.
if (inside) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) inside.close();
  }, { capture: true });
}

// Background workers of apps: a page of ours for each, in a frame that nobody sees.
for (const { dataset } of document.querySelectorAll("[data-worker]")) {
  const frame = make("iframe", document.body, { title: dataset.title, className: "worker", tabIndex: -1 });
  frame.setAttribute("aria-hidden", "true");
  frame.slider = { open: openSlider, close() {}, setTitle() {} };
  frame.src = `${dataset.worker}?IFRAME=Y`;
}
