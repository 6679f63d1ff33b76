// The chart of the structure: a drawer beside it, branches that are loaded as they are opened, moving by dragging, zooming
// and moving the chart about. Without it all of this is links and forms.
const chart = document.getElementById("chart");
const drawer = document.getElementById("drawer");

const load = async (address) => {
  const answer = await fetch(address);
  const text = await answer.text();
  return { page: new DOMParser().parseFromString(text, "text/html"), isThere: !answer.redirected };
};

if (chart && drawer) {
  const place = document.getElementById("drawer-part");
  const here = location.href;

  // What a page says of a department is shown in the drawer; what says nothing for it is gone to as it is.
  const show = async (address) => {
    const { page, isThere } = await load(address).catch(() => ({}));
    const part = isThere && page.querySelector(".drawer-part");
    if (!part) return location.assign(address);
    place.replaceChildren(part);
    drawer.setAttribute("aria-label", part.querySelector("h1")?.textContent ?? "");
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
    (part.querySelector("[autofocus], input:not([type=hidden]), select") ?? drawer.querySelector("button")).focus();
  };
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest?.("a[data-drawer], a[data-close]");
    if (!link) {
      if (event.target === drawer) drawer.close();
      return;
    }
    if (link.matches("[data-close]") && !drawer.open) return;
    event.preventDefault();
    if (link.matches("[data-close]")) drawer.close();
    else show(link.href);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-drawer]") || event.defaultPrevented) return;
    event.preventDefault();
    show(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  });
  // Finding something in the drawer changes the address; closing it gives back the one of the chart.
  drawer.addEventListener("close", () => history.replaceState(null, "", here));

  // A branch is loaded when it is opened for the first time.
  const branchOf = (page) => page.querySelector(".chart-paper > .branch > .node > .below > .branch");
  chart.addEventListener("toggle", async (event) => {
    const below = event.target;
    if (!below.open || !("branch" in below.dataset)) return;
    delete below.dataset.branch;
    const link = below.querySelector("a");
    const found = await load(link.href).then(({ page }) => branchOf(page)).catch(() => null);
    if (found) below.querySelector("p").replaceWith(found);
    ready();
  }, true);
  chart.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-more]");
    if (!link) return;
    event.preventDefault();
    const found = await load(link.href).then(({ page }) => branchOf(page)).catch(() => null);
    if (!found) return location.assign(link.href);
    const more = [...found.children].filter((it) => !it.querySelector(":scope > a:not([data-more])"));
    link.closest("li").replaceWith(...more);
    more[0]?.querySelector("a").focus();
    ready();
  });

  // Dragging one department onto another opens the form that moves it, which asks before anything changes.
  let dragged;
  const boxAt = (event) => dragged && event.target.closest?.(".box");
  const unmark = () => chart.querySelector(".box-over")?.classList.remove("box-over");
  const ready = () => {
    if (!chart.dataset.move) return;
    for (const box of chart.querySelectorAll(".branch .branch .box:not([draggable])")) {
      box.draggable = true;
      box.title = chart.dataset.move;
      for (const it of box.querySelectorAll("a, img")) it.draggable = false;
    }
  };
  let opening;
  chart.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".box[draggable]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector(".box-name").textContent);
    dragged.classList.add("box-dragged");
  });
  chart.addEventListener("dragover", (event) => {
    const over = boxAt(event);
    if (!over || over === dragged) return unmark();
    event.preventDefault();
    if (over.classList.contains("box-over")) return;
    unmark();
    over.classList.add("box-over");
    // Whoever waits over a closed branch wants to see what is in it.
    clearTimeout(opening);
    opening = setTimeout(() => {
      const below = over.parentElement.querySelector(":scope > .below");
      if (below && over.classList.contains("box-over")) below.open = true;
    }, 900);
  });
  chart.addEventListener("drop", (event) => {
    const over = boxAt(event);
    if (!over || over === dragged) return;
    event.preventDefault();
    show(`/company/structure/${dragged.dataset.id}/move/?parent=${over.dataset.id}`);
  });
  chart.addEventListener("dragend", () => {
    clearTimeout(opening);
    unmark();
    dragged?.classList.remove("box-dragged");
    dragged = undefined;
  });

  // Zooming, and moving the chart about by its ground.
  const paper = chart.querySelector(".chart-paper");
  let zoom = 1;
  const setZoom = (wanted) => {
    zoom = Math.min(Math.max(wanted, 0.3), 1.5);
    paper.style.zoom = zoom;
  };
  document.querySelector(".chart-tools").hidden = false;
  document.querySelector(".chart-tools").addEventListener("click", (event) => {
    const how = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (how === "in") setZoom(zoom + 0.15);
    if (how === "out") setZoom(zoom - 0.15);
    if (how === "fit") {
      setZoom(1);
      setZoom((chart.clientWidth - 48) / paper.scrollWidth);
    }
  });
  chart.classList.add("chart-live");
  chart.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType === "touch" || event.target.closest("a, summary, .box")) return;
    const start = { x: event.clientX + chart.scrollLeft, y: event.clientY + chart.scrollTop };
    const pan = (it) => chart.scrollTo(start.x - it.clientX, start.y - it.clientY);
    const stop = () => {
      chart.classList.remove("chart-panning");
      window.removeEventListener("pointermove", pan);
    };
    chart.classList.add("chart-panning");
    window.addEventListener("pointermove", pan);
    window.addEventListener("pointerup", stop, { once: true });
    window.addEventListener("pointercancel", stop, { once: true });
  });

  // The department that is asked for, or else the top one, stands in the middle.
  ready();
  const first = chart.querySelector(".box-shown") ?? chart.querySelector(".box");
  const middle = (first.getBoundingClientRect().left - chart.getBoundingClientRect().left) + first.offsetWidth / 2;
  chart.scrollLeft += middle - chart.clientWidth / 2;
  if (first.classList.contains("box-shown")) first.scrollIntoView({ block: "nearest", inline: "nearest" });
}
