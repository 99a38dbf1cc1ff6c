// Keeps the page current without a reload. Without this file the page works the same, and reloads itself.
const every = Number(document.body.dataset.refresh) * 1000;

async function refresh() {
  // Nobody looks, or somebody is just marking text to copy it.
  if (document.hidden || !getSelection().isCollapsed) return;
  try {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["header.top", "main"]) {
      document.querySelector(part).replaceWith(fresh.querySelector(part));
    }
    document.title = fresh.title;
    document.body.dataset.refresh = fresh.body.dataset.refresh;
    document.body.classList.remove("stale");
  } catch {
    document.body.classList.add("stale");
  }
}

if (every > 0) {
  const again = async () => {
    await refresh();
    setTimeout(again, Number(document.body.dataset.refresh) * 1000 || every);
  };
  setTimeout(again, every);
  document.addEventListener("visibilitychange", refresh);
}
