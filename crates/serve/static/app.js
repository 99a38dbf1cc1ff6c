// What pages can do beyond links and forms. Without this file they work the same, with more page loads.
const root = new URL(document.body.dataset.root || "./", location.href);
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
// Path and query as the server knows them, below whatever prefix a proxy adds.
const here = () => "/" + (location.pathname + location.search).slice(root.pathname.length);
// Who types or points at something is not to have it renewed under their hands.
let touched = -Infinity;
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, () => (touched = performance.now()), { capture: true, passive: true });
}
const busy = () =>
  document.hidden || performance.now() - touched < 3000 || !getSelection().isCollapsed || one("dialog[open], .peek:popover-open, .picked") ||
  document.activeElement?.matches("input, select, textarea");

async function page(url, headers = {}) {
  const answer = await fetch(url, { cache: "no-store", headers });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.text();
}
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// --- keeping current -------------------------------------------------------------------------------------------------
async function refresh() {
  if (busy() || grown) return;
  try {
    const fresh = parsed(await page(location.href));
    // Somebody may have begun something meanwhile.
    if (busy()) return;
    const place = marks().indexOf(document.activeElement);
    const [x, y] = [one(".grid-box")?.scrollLeft, one(".grid-box")?.scrollTop];
    for (const part of ["header.top", "main"]) one(part).replaceWith(one(part, fresh));
    document.title = fresh.title;
    document.body.dataset.refresh = fresh.body.dataset.refresh;
    document.body.classList.remove("stale");
    start();
    if (x !== undefined) one(".grid-box")?.scrollTo(x, y);
    if (place >= 0) focusOn(marks()[place]);
  } catch {
    document.body.classList.add("stale");
  }
}
const every = Number(document.body.dataset.refresh) * 1000;
if (every > 0) {
  let timer, stream, looking = false, hurried = false, earliest = performance.now() + 1000;
  const after = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(0, delay));
  };
  const look = async () => {
    if (looking) return;
    if (busy()) return after(2000);
    looking = true;
    hurried = false;
    const began = performance.now();
    await refresh();
    const ended = performance.now();
    looking = false;
    // A page that is slow to make is asked for seldom: to be watched live costs a twentieth of the server's time at most.
    earliest = ended + Math.max(1000, 20 * (ended - began));
    after(hurried ? earliest - ended : Number(document.body.dataset.refresh) * 1000 || every);
  };
  const hurry = () => {
    if (hurried) return;
    hurried = true;
    if (!looking) after(earliest - performance.now());
  };
  // Browsers allow a host few connections, so a page that nobody sees has none.
  const listen = (told) => {
    stream?.close();
    if (document.hidden) return;
    stream = new EventSource(new URL("live", root));
    // The first event says where things stand, and the page that was just made shows it.
    stream.addEventListener("stored", () => (told ? hurry() : (told = true)));
    stream.addEventListener("error", ({ target }) => {
      if (target === stream && target.readyState === EventSource.CLOSED) setTimeout(() => target === stream && listen(true), 30000);
    });
  };
  after(every);
  listen(false);
  document.addEventListener("visibilitychange", () => listen(true));
}

// --- forms -----------------------------------------------------------------------------------------------------------
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-auto] select, form[data-auto] [type=checkbox]")) event.target.form.requestSubmit();
});
// What was not chosen needs no place in the address.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// --- the grid --------------------------------------------------------------------------------------------------------
let grown = false;
const marks = () => all(".grid .m");
const cellOf = (mark) => mark.closest("[role=gridcell]");
const rowOf = (mark) => mark.closest("[role=row]");
const columnOf = (mark) => Number(cellOf(mark).getAttribute("aria-colindex"));
const jobOf = (mark) => /\/jobs?\/(\d+)$/.exec(new URL(mark.href).pathname)?.[1];

function focusOn(mark) {
  if (!mark) return;
  for (const old of all('.grid .m[tabindex="0"]')) old.tabIndex = -1;
  mark.tabIndex = 0;
  mark.focus({ preventScroll: false });
  cellOf(mark).scrollIntoView({ block: "nearest", inline: "nearest" });
}

function neighbour(mark, key) {
  const within = all(".m", rowOf(mark));
  const at = within.indexOf(mark);
  if (key === "ArrowLeft") return within[at - 1];
  if (key === "ArrowRight") return within[at + 1];
  if (key === "Home") return within[0];
  if (key === "End" || key === "t") return within.at(-1);
  // Up and down: first within the cell, then the nearest night of the next row that has a failure.
  const step = key === "ArrowUp" ? -1 : 1;
  const cell = all(".m", cellOf(mark));
  const beside = cell[cell.indexOf(mark) + step];
  if (beside) return beside;
  const rows = all(".grid .r").filter((row) => one(".m", row));
  const row = rows[rows.indexOf(rowOf(mark)) + step];
  const column = columnOf(mark);
  const distance = (other) => Math.abs(columnOf(other) - column);
  return row && all(".m", row).reduce((best, other) => (distance(other) < distance(best) ? other : best));
}

// The next failed job nobody can explain; where all on that side are explained, just the next one.
function unexplained(mark, step) {
  const jobs = marks().filter((other) => other === mark || jobOf(other));
  const at = jobs.indexOf(mark);
  const ahead = step > 0 ? jobs.slice(at + 1) : jobs.slice(0, Math.max(at, 0)).reverse();
  return ahead.find((other) => other.matches(".f-waiting, .f-unknown")) || ahead[0];
}

// --- the card --------------------------------------------------------------------------------------------------------
let sheet, peek;
async function cardOf(job) {
  const text = await page(new URL(`failures/job/${job}`, root), { "X-Fragment": "card" });
  const card = one("article", parsed(text));
  // Links of the card start where the card's own page is.
  for (const link of all("a[href], form[action]", card)) {
    const name = link.matches("a") ? "href" : "action";
    link.setAttribute(name, new URL(link.getAttribute(name), new URL(`failures/job/${job}`, root)));
  }
  for (const field of all("[name=next]", card)) field.value = here();
  return card;
}

async function open(mark, then) {
  const job = mark && jobOf(mark);
  if (!job) return;
  hide();
  if (!sheet) {
    sheet = document.createElement("dialog");
    sheet.className = "sheet";
    sheet.setAttribute("aria-label", "Failed job");
    document.body.append(sheet);
    sheet.addEventListener("click", (event) => {
      if (event.target === sheet || event.target.closest(".close")) sheet.close();
    });
    sheet.addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));
  }
  try {
    const close = document.createElement("button");
    close.className = "close";
    close.setAttribute("aria-label", "Close");
    close.textContent = "×";
    sheet.replaceChildren(close, await cardOf(job));
  } catch {
    location.assign(new URL(`failures/job/${job}`, root));
    return;
  }
  if (!sheet.open) sheet.showModal();
  history.replaceState(null, "", `#job-${job}`);
  then?.(sheet);
}

// Opens what a key names: the field to assign, or the one to classify.
const fill = (letter) => (sheet) => {
  const form = one(`[data-form=${letter}]`, sheet);
  if (!form) return;
  form.closest("details")?.setAttribute("open", "");
  one("input:not([type=hidden]), select", form).focus();
};

let soon;
function hover(event) {
  const mark = event.target.closest?.(".grid .m");
  if (event.target.closest?.(".peek")) return clearTimeout(soon);
  clearTimeout(soon);
  if (!mark || !jobOf(mark)) {
    if (peek?.matches(":popover-open")) soon = setTimeout(hide, 250);
    return;
  }
  soon = setTimeout(async () => {
    if (sheet?.open || !("popover" in mark)) return;
    if (!peek) {
      peek = document.createElement("div");
      peek.className = "peek";
      peek.popover = "manual";
      document.body.append(peek);
    }
    try {
      peek.replaceChildren(await cardOf(jobOf(mark)));
    } catch {
      return;
    }
    if (!mark.matches(":hover")) return;
    peek.showPopover();
    const box = mark.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.right + 12, innerWidth - peek.offsetWidth - 8));
    const below = box.bottom + 8 + peek.offsetHeight < innerHeight;
    peek.style.left = `${box.right + 12 + peek.offsetWidth > innerWidth ? Math.max(8, box.left - peek.offsetWidth - 12) : left}px`;
    peek.style.top = `${below ? box.top : Math.max(8, innerHeight - peek.offsetHeight - 8)}px`;
  }, 450);
}
function hide() {
  clearTimeout(soon);
  if (peek?.matches(":popover-open")) peek.hidePopover();
}
document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && hover(event));
document.addEventListener("scroll", hide, { capture: true, passive: true });

// --- several at once -------------------------------------------------------------------------------------------------
function pick(mark) {
  if (!jobOf(mark)) return;
  const on = mark.classList.toggle("picked");
  cellOf(mark).setAttribute("aria-selected", String(Boolean(one(".picked", cellOf(mark))) && on));
  const form = one("#selection");
  const jobs = all(".grid .picked").map(jobOf);
  if (!form) return;
  form.hidden = jobs.length === 0;
  one("output", form).textContent = `${jobs.length} selected`;
  one("[name=job]", form).value = jobs.join(",");
  one("[name=next]", form).value = here();
}

// --- keys ------------------------------------------------------------------------------------------------------------
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key, target } = event;
  if (key === "Escape") return hide();
  if (target.matches?.("input, select, textarea, [contenteditable]")) return;
  if (one("dialog[open]")) {
    if (key === "o" || key === "g") one(`dialog[open] [data-key=${key}]`)?.click();
    if (key === "i" || key === "c") act(event, () => fill(key)(one("dialog[open]")));
    return;
  }
  if (key === "/" && one("[data-filter]")) return act(event, () => one("[data-filter]").focus());
  if (key === "?" && one("#help")) return act(event, () => one("#help").showModal());
  const mark = target.closest?.(".grid .m") || null;
  const first = one(".grid .m");
  if (!first) return;
  if (key === "j" || key === "k") {
    const next = mark ? unexplained(mark, key === "j" ? 1 : -1) : marks().find(jobOf) || first;
    return act(event, () => focusOn(next));
  }
  if (!mark) return key === "t" ? act(event, () => focusOn(neighbour(first, "t"))) : undefined;
  if (/^(Arrow(Left|Right|Up|Down)|Home|End|t)$/.test(key)) return act(event, () => focusOn(neighbour(mark, key)));
  if (key === "Enter" || key === " ") {
    if (jobOf(mark)) act(event, () => open(mark));
  } else if (key === "o") act(event, () => window.open(mark.href, "_blank", "noopener"));
  else if (key === "g") act(event, () => open(mark, (sheet) => one("[data-key=g]", sheet)?.click()));
  else if (key === "i" || key === "c") act(event, () => open(mark, fill(key)));
  else if (key === "x") act(event, () => pick(mark));
});
function act(event, what) {
  event.preventDefault();
  what();
}
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".grid .m") && event.target.tabIndex !== 0) {
    for (const old of all('.grid .m[tabindex="0"]')) old.tabIndex = -1;
    event.target.tabIndex = 0;
  }
});
document.addEventListener("click", (event) => {
  const reason = event.target.closest?.(".grid .q");
  if (reason && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    act(event, () => open(one(".m", reason.parentElement)));
  }
  if (event.target.closest?.("[data-help]")) one("#help")?.showModal();
  if (event.target.closest?.("#help .close")) one("#help").close();
});

// --- further rows as the end comes near ------------------------------------------------------------------------------
async function more(link) {
  try {
    const fresh = parsed(await page(link.href));
    grown = true;
    one(".grid").append(...all(".grid .r:not(.heads)", fresh));
    one("nav.windows").replaceWith(one("nav.windows", fresh));
    one("nav.windows [rel=prev]")?.remove();
    one("nav.windows span")?.remove();
    rove();
    watch();
  } catch {
    link.classList.add("failed");
  }
}
function watch() {
  const link = one(".grid") && one("nav.windows [rel=next]");
  if (!link) return;
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    more(link);
  }, { root: one(".grid-box"), rootMargin: "600px" }).observe(all(".grid .r").at(-1));
}

// One stop for the tab key: arrows do the rest.
function rove() {
  const list = marks();
  const current = list.find((mark) => mark === document.activeElement) || list[0];
  for (const mark of list) mark.tabIndex = mark === current ? 0 : -1;
}
function start() {
  rove();
  watch();
  for (const button of all("[data-help]")) button.hidden = false;
}
start();
const linked = /^#job-(\d+)$/.exec(location.hash)?.[1];
if (linked) open(marks().find((mark) => jobOf(mark) === linked));
const query = new URLSearchParams(location.search);
if (query.has("done")) {
  query.delete("done");
  history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
}
