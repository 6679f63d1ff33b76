// The host side of apps in frames: what an app may ask of the page that it stands in, by messages.
const startApp = (host) => {
  const frame = host.querySelector("iframe");
  const { app, sid, origin, form } = host.dataset;
  const init = JSON.parse(host.dataset.init);

  // What an app asks of Muster: as whoever is signed in, and for the app of this page whatever it says.
  const ask = async (what, fields = {}) => {
    const answer = await fetch(`/apps/${app}/${what}/`, { method: "POST", body: new URLSearchParams({ form, ...fields }) });
    if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
    return answer.json();
  };
  const setOption = (kind) => ({ name, value }) => ask("option", { kind, name, value: JSON.stringify(value) });

  // Chooses from what is found at an address: `many` or one, without those of the IDs that are `blocked`. It is answered
  // with nothing if it is closed.
  const choose = (what, { many = true, blocked = [] } = {}) => new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const title = host.dataset[what];
    dialog.setAttribute("aria-label", title);
    const panel = make("form", dialog, { method: "dialog", className: "chooser" });
    const field = make("label", panel, { className: "field" });
    make("span", field, { textContent: title });
    const query = make("input", field, { type: "search", autocomplete: "off" });
    const list = make("div", panel, { className: "chooser-list" });
    const buttons = make("div", panel, { className: "buttons" });
    make("button", buttons, { className: "button-main", value: "chosen", textContent: host.dataset.choose });
    make("button", buttons, { value: "", textContent: host.dataset.cancel });
    const chosen = new Map();
    const offer = (item, items) => {
      const label = make("label", make("li", items));
      const properties = { type: many ? "checkbox" : "radio", name: "item", checked: chosen.has(item.id), disabled: blocked.includes(item.id) };
      const box = make("input", label, properties);
      make("span", label, { textContent: item.position ? `${item.name}, ${item.position}` : item.name });
      box.addEventListener("change", () => {
        if (!many) chosen.clear();
        if (box.checked) chosen.set(item.id, item);
        else chosen.delete(item.id);
      });
    };
    const show = async () => {
      const asked = query.value;
      const answer = await fetch(`/apps/${what}.json?q=${encodeURIComponent(asked)}`);
      const found = answer.ok ? await answer.json() : [];
      // A later answer may be here already.
      if (asked !== query.value) return;
      list.replaceChildren();
      if (found.length === 0) make("p", list, { className: "muted", textContent: host.dataset.nobody });
      for (const [kind, items] of Map.groupBy(found, (it) => it.kind ?? "")) {
        if (kind) make("h2", list, { textContent: kind });
        const part = make("ul", list);
        if (kind) part.setAttribute("aria-label", kind);
        for (const item of items) offer(item, part);
      }
    };
    let waiting;
    query.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, 150);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "chosen" ? [...chosen.values()] : []);
    });
    // Nobody sees the page around a background worker.
    (host.dataset.slow ? window.parent : window).document.body.append(dialog);
    show();
    dialog.showModal();
  });

  // What takes the page away is done once the app has its answer.
  const soon = (act) => void setTimeout(act, 50) ?? {};
  // Each answers with a value, or with undefined for nothing.
  const commands = {
    getInitData: () => init,
    setInstall: () => true,
    // Where nothing is being installed there is no effect.
    setInstallFinish: async () => {
      if (!init.INSTALL) return true;
      await ask("finish");
      soon(() => (inside ? location.assign(`/apps/${app}/?IFRAME=Y`) : location.assign(`/apps/${app}/`)));
      return true;
    },
    refreshAuth: async () => Object.assign(init, await ask("auth")) && {
      AUTH_ID: init.AUTH_ID, REFRESH_ID: init.REFRESH_ID, AUTH_EXPIRES: init.AUTH_EXPIRES,
    },
    setAppOption: setOption("app"),
    setUserOption: setOption("user"),
    resizeWindow: ({ width, height }) => {
      const size = (value) => (typeof value === "number" || /^\d+$/.test(value) ? `${Math.min(Number(value), 20000)}px` : "100%");
      if (width !== undefined) frame.style.width = size(width);
      if (height !== undefined) frame.style.height = size(height);
      return {};
    },
    setTitle: ({ title }) => {
      const text = String(title).slice(0, 200);
      document.title = document.querySelector(".frame-title").textContent = text;
      inside?.setTitle(text);
      return {};
    },
    setScroll: ({ scroll }) => {
      window.scrollTo({ top: Number(scroll) || 0 });
      return {};
    },
    reloadWindow: () => soon(() => location.reload()),
    // The app's own page over this one, with what the app says. It is answered once that is closed.
    openApplication: async (params) => {
      const options = { ...params };
      const settings = {};
      for (const name of ["width", "leftBoundary", "title", "label"]) {
        settings[name] = options[`bx24_${name}`];
        delete options[`bx24_${name}`];
      }
      const sent = JSON.stringify(options);
      if (sent.length > 6000) throw new Error("openApplication: too many parameters");
      const title = String(settings.title ?? document.querySelector(".frame-title").textContent).slice(0, 200);
      await openSlider(`/apps/${app}/?${new URLSearchParams({ options: sent })}`, { ...settings, title });
      return {};
    },
    closeApplication: () => soon(() => (inside ? inside.close() : location.assign("/apps/"))),
    // A page of ours over this one. It is answered once that is closed.
    openPath: async ({ path }) => {
      const address = new URL(String(path), location.href);
      if (address.origin !== location.origin || !String(path).startsWith("/")) {
        return { result: "error", errorCode: "PATH_NOT_AVAILABLE" };
      }
      // The whole address: a path may begin with two slashes once its dots are gone, and would then name another site.
      await openSlider(address.href);
      return { result: "close" };
    },
    selectUser: async ({ mult } = {}) => {
      const people = await choose("people", { many: Boolean(mult) });
      return mult ? people : (people[0] ?? null);
    },
    selectAccess: async ({ value } = {}) => {
      const blocked = Array.isArray(value) ? value.map(String) : [];
      return (await choose("access", { blocked })).map(({ id, name }) => ({ id, name }));
    },
    // Muster's own script tells that Escape was pressed in the app: nobody else can know.
    escape: () => soon(() => inside?.close()),
    // There is nothing of that kind here to choose.
    selectCRM: () => ({ lead: [], contact: [], company: [], deal: [], quote: [] }),
    getInterface: () => ({ command: [], event: [] }),
  };

  // `command:[parameters:]callback:sid`, or an object for commands that have a colon in their name.
  const read = (data) => {
    if (typeof data === "object" && data) return { command: data.method, params: data.params, callback: data.callback, sid: data.appSid };
    if (typeof data !== "string") return null;
    const parts = data.split(":");
    if (parts.length < 3) return null;
    const [callback, from] = parts.slice(-2);
    return { command: parts[0], params: parts.slice(1, -2).join(":"), callback, sid: from };
  };
  const parse = (params) => {
    if (typeof params !== "string") return params ?? {};
    try {
      return JSON.parse(params || "{}") ?? {};
    } catch {
      return { title: params };
    }
  };
  window.addEventListener("message", async (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    const message = read(event.data);
    if (!message || message.sid !== sid || !Object.hasOwn(commands, message.command)) return;
    let value;
    try {
      value = await commands[message.command](parse(message.params));
    } catch (problem) {
      console.warn(String(problem));
      return;
    }
    if (!message.callback) return;
    const text = value === undefined ? "" : JSON.stringify(value);
    frame.contentWindow?.postMessage(`${message.callback}:${text}`, origin);
  });
  if (host.dataset.slow) {
    // A background worker is on every page: it has to be there within five seconds.
    const late = setTimeout(() => fetch(host.dataset.slow, { method: "POST", body: new URLSearchParams({ form }) }), 5000);
    // An empty frame may tell of itself first.
    frame.addEventListener("load", () => {
      if (!frame.contentDocument) clearTimeout(late);
    });
  }
  host.querySelector("form").submit();
};
for (const host of document.querySelectorAll("[data-app]")) startApp(host);
