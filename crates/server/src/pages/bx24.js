// A script for apps in frames that were written for BX24.js: the documented functions, over Muster's frame protocol and REST.
(() => {
  "use strict";
  // The page around the frame names it `DOMAIN|PROTOCOL|APP_SID`.
  const [domain = "", protocol = "1", sid = ""] = window.name.split("|");
  const origin = `${protocol === "0" ? "http" : "https"}://${domain}`;
  const waiting = new Map();
  let number = 0;
  let data = null;
  let auth = null;
  let starting = null;
  let beginning = null;
  const installers = [];
  // How long the page around is waited for.
  const PATIENCE = 10000;

  const later = (callback, ...values) => {
    if (typeof callback === "function") setTimeout(() => callback(...values), 0);
  };
  const post = (command, params, id) => {
    if (window.parent === window || !sid) return;
    const text = params === undefined || params === null ? "" : JSON.stringify(params);
    window.parent.postMessage(`${command}:${text}:${id}:${sid}`, origin);
  };
  // `lasts` is for events, which may come any number of times.
  const send = (command, params, callback, lasts = false) => {
    const id = typeof callback === "function" ? `bx${++number}` : "";
    if (id) waiting.set(id, { callback, lasts });
    post(command, params, id);
  };
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== origin || typeof event.data !== "string") return;
    const at = event.data.indexOf(":");
    const id = event.data.slice(0, at);
    const asked = at > 0 && waiting.get(id);
    if (!asked) return;
    if (!asked.lasts) waiting.delete(id);
    const text = event.data.slice(at + 1);
    let value;
    try {
      value = text === "" ? undefined : JSON.parse(text);
    } catch {
      return;
    }
    asked.callback(value);
  });

  const keepAuth = (given) => {
    const seconds = Number(given.AUTH_EXPIRES) || 0;
    auth = { access: given.AUTH_ID, refresh: given.REFRESH_ID, until: Date.now() + seconds * 1000 };
  };
  const start = () => {
    starting ??= new Promise((resolve) => {
      send("getInitData", null, (given) => {
        data = given;
        keepAuth(given);
        resolve();
      });
    });
    return starting;
  };

  // The page is told once that the app installs itself. Its installers run then, before what it gave to `init`: with
  // installers that waits until they are finished, when the page is loaded anew.
  const begin = () => {
    beginning ??= new Promise((resolve) => {
      if (!data.FIRST_RUN) return resolve();
      send("setInstall", { install: true }, () => {
        for (const run of installers) later(run);
        if (installers.length === 0) resolve();
      });
    });
    return beginning;
  };

  // `expires_in` is documented as the moment, in milliseconds.
  const getAuth = () => {
    if (!data || auth.until <= Date.now()) return false;
    return {
      access_token: auth.access, refresh_token: auth.refresh, expires_in: auth.until,
      domain: data.DOMAIN, member_id: data.MEMBER_ID,
    };
  };
  let refreshing = null;
  // Calls that find the token expired at the same time share one new one. False if none came, such as when whoever looks at
  // the page has been signed out.
  const refresh = () => {
    refreshing ??= new Promise((resolve) => {
      setTimeout(() => resolve(false), PATIENCE);
      send("refreshAuth", {}, (given) => {
        if (given?.AUTH_ID) keepAuth(given);
        resolve(Boolean(given?.AUTH_ID));
      });
    }).finally(() => {
      refreshing = null;
    });
    return refreshing;
  };
  const NOT_RENEWED = {
    status: 401, answer: { error: "expired_token", error_description: "The access token has expired and could not be renewed" },
  };

  const request = async (method, params, mayRefresh = true) => {
    if (auth.until <= Date.now() && !(await refresh())) return NOT_RENEWED;
    let status = 0;
    let answer;
    try {
      const reply = await fetch(`${origin}${data.PATH || "/rest"}/${method}.json`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...params, auth: auth.access }),
      });
      status = reply.status;
      answer = await reply.json();
    } catch (problem) {
      return { status, answer: { error: "ERROR_NETWORK", error_description: String(problem) } };
    }
    if (answer.error === "expired_token" && mayRefresh) {
      return (await refresh()) ? request(method, params, false) : NOT_RENEWED;
    }
    return { status, answer };
  };

  // What callbacks of callMethod and callBatch are given.
  class Result {
    constructor(query, answer, status, callback) {
      Object.assign(this, { query, answer, status, callback });
    }
    data() {
      return this.answer.result;
    }
    error() {
      const { error, error_description: description = "" } = this.answer;
      if (!error) return undefined;
      const { status } = this;
      const toString = () => `${error}${description ? `: ${description}` : ""} (${status})`;
      return { ex: { error, error_description: description }, status, getStatus: () => status, getError: () => this.answer, toString };
    }
    error_description() {
      return this.answer.error_description;
    }
    more() {
      return Number.isInteger(this.answer.next);
    }
    total() {
      return Number(this.answer.total) || 0;
    }
    next(callback) {
      if (!this.more()) return false;
      BX24.callMethod(this.query.method, { ...this.query.data, start: this.answer.next }, callback || this.callback);
      return true;
    }
  }

  // A query as PHP writes it: `a[b][0]=c`.
  const encode = (value, name = "") => {
    if (value === undefined) return [];
    const text = (it) => (it === null ? "" : it === true ? "1" : it === false ? "0" : String(it));
    if (value instanceof Date) return [`${encodeURIComponent(name)}=${encodeURIComponent(value.toISOString())}`];
    if (value === null || typeof value !== "object") return [`${encodeURIComponent(name)}=${encodeURIComponent(text(value))}`];
    return Object.entries(value).flatMap(([key, it]) => encode(it, name === "" ? key : `${name}[${key}]`));
  };
  const readCall = (call) => (Array.isArray(call) ? { method: call[0], data: call[1] } : { method: call.method, data: call.params });

  const batch = async (calls, callback, halt) => {
    const queries = Object.fromEntries(Object.entries(calls).map(([key, call]) => [key, readCall(call)]));
    const cmd = Object.fromEntries(
      Object.entries(queries).map(([key, it]) => [key, `${it.method}?${encode(it.data ?? {}).join("&")}`]),
    );
    const { status, answer } = await request("batch", { halt: halt ? 1 : 0, cmd });
    const all = answer.result ?? {};
    const results = Array.isArray(calls) ? [] : {};
    for (const [key, query] of Object.entries(queries)) {
      const failed = answer.error ? answer : all.result_error?.[key];
      const done = failed
        ?? { result: all.result?.[key], total: all.result_total?.[key], next: all.result_next?.[key] };
      // With `halt`, what comes after an error was not called.
      if (!failed && done.result === undefined) continue;
      results[key] = new Result(query, done, status);
    }
    if (typeof callback === "function") callback(results);
  };

  const options = (command, key) => ({
    get: (name) => data?.[key]?.[name],
    set: (name, value, callback) => {
      if (data && (!data[key] || Array.isArray(data[key]))) data[key] = {};
      if (data) data[key][name] = value;
      send(command, { name, value }, callback);
    },
  });
  const size = () => {
    const { body, documentElement: root } = document;
    return {
      scrollWidth: Math.max(root.scrollWidth, root.offsetWidth),
      scrollHeight: Math.max(body?.scrollHeight ?? 0, body?.offsetHeight ?? 0),
    };
  };
  // The documented functions take a title first, or leave it out.
  const lastFunction = (list) => list.findLast((it) => typeof it === "function");
  // It is called only if something was chosen.
  const chosen = (list) => (answer) => {
    if (answer && answer.length !== 0) lastFunction(list)?.(answer);
  };
  const absent = (what) => console.warn(`BX24: there is no ${what} here`);
  let context = null;

  const BX24 = {
    init: (callback) => void start().then(() => begin()).then(() => later(callback)),
    // An address is that of a script to load, after which the installation is finished.
    install: (installer) => {
      installers.push(typeof installer === "string" ? () => BX24.loadScript(installer, BX24.installFinish) : installer);
      void start().then(() => begin());
    },
    installFinish: () => send("setInstallFinish", {}),
    getAuth,
    refreshAuth: (callback) => void refresh().then(() => later(callback, getAuth())),
    callMethod: (method, params, callback) => void start()
      .then(() => request(method, params ?? {}))
      .then(({ status, answer }) => callback?.(new Result({ method, data: params ?? {} }, answer, status, callback))),
    callBatch: (calls, callback, halt) => void start().then(() => batch(calls, callback, halt)),
    callBind: (event, handler, user, callback) =>
      BX24.callMethod("event.bind", { event, handler, ...(user ? { auth_type: user } : {}) }, callback),
    callUnbind: (event, handler, user, callback) =>
      BX24.callMethod("event.unbind", { event, handler, ...(user === undefined || user === null ? {} : { auth_type: user }) }, callback),
    appOption: options("setAppOption", "APP_OPTIONS"),
    userOption: options("setUserOption", "USER_OPTIONS"),
    isAdmin: () => data?.IS_ADMIN === true,
    getLang: () => data?.LANG,
    getDomain: (withProtocol) => (withProtocol ? origin : domain),
    selectUser: (...list) => send("selectUser", { mult: false }, chosen(list)),
    selectUsers: (...list) => send("selectUser", { mult: true }, chosen(list)),
    selectAccess: (...list) => send("selectAccess", { value: list.find(Array.isArray) ?? [] }, chosen(list)),
    selectCRM: (...list) => {
      absent("CRM");
      send("selectCRM", list[0], lastFunction(list));
    },
    resizeWindow: (width, height, callback) => send("resizeWindow", { width, height }, callback),
    fitWindow: (callback) => send("resizeWindow", { width: "100%", height: size().scrollHeight }, callback),
    getScrollSize: size,
    scrollParentWindow: (scroll, callback) => {
      const top = Number.parseInt(scroll, 10);
      if (!Number.isNaN(top)) send("setScroll", { scroll: top }, callback);
    },
    reloadWindow: (callback) => send("reloadWindow", {}, callback),
    setTitle: (title, callback) => send("setTitle", { title: String(title) }, callback),
    // The callback is called once that window is closed.
    openApplication: (...list) => {
      const [params = {}, settings = {}] = list.filter((it) => it && typeof it === "object");
      const named = Object.entries(settings).map(([name, it]) => [`bx24_${name}`, it]);
      send("openApplication", { ...params, ...Object.fromEntries(named) }, lastFunction(list));
    },
    closeApplication: (callback) => send("closeApplication", {}, callback),
    openPath: (path, callback) => send("openPath", { path }, callback),
    placement: {
      info: () => ({ placement: data?.PLACEMENT, options: data?.PLACEMENT_OPTIONS }),
      getInterface: (callback) => send("getInterface", null, callback),
      call: (command, params, callback) =>
        typeof params === "function" ? send(command, null, params) : send(command, params, callback),
      bindEvent: (event, callback) => send("placementBindEvent", { event }, callback, true),
    },
    im: {
      callTo: () => absent("telephony"),
      phoneTo: () => absent("telephony"),
      openMessenger: () => absent("messenger"),
      openHistory: () => absent("messenger"),
    },
    isReady: () => document.readyState !== "loading",
    ready: (callback) => {
      if (BX24.isReady()) later(callback);
      else document.addEventListener("DOMContentLoaded", () => callback(), { once: true });
    },
    proxy: (callback, own) => function proxied(...list) {
      const before = context;
      context = this;
      try {
        return callback.apply(own, list);
      } finally {
        context = before;
      }
    },
    proxyContext: () => context,
    bind: (element, event, callback) => element.addEventListener(event, callback),
    unbind: (element, event, callback) => element.removeEventListener(event, callback),
    canUse: (name) => name.split(".").reduce((it, part) => it?.[part], BX24) !== undefined,
    loadScript: (scripts, callback) => {
      const load = (source) => new Promise((done) => {
        const script = document.createElement("script");
        script.onload = script.onerror = done;
        script.src = source;
        document.head.append(script);
      });
      const all = () => [scripts].flat().reduce((before, it) => before.then(() => load(it)), Promise.resolve());
      BX24.ready(() => all().then(() => later(callback)));
    },
  };
  // The page around hears no key that is pressed in here. What the app handles itself is not ours.
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) post("escape", null, "");
  });
  window.BX24 = BX24;
})();
