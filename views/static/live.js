// Keeps a page fresh while somebody can see it; unchanged, it costs no body (304).

const PATIENCE_MS = 15000;

const trouble = document.querySelector("#trouble");
const live = () => document.querySelector("[data-refresh]");
let shown = live().innerHTML;
let asking = false;

setInterval(look, 1000 * live().dataset.refresh);
addEventListener("visibilitychange", look);

async function look() {
  if (document.hidden || asking) return;
  asking = true;
  try {
    const response = await fetch(location, { signal: AbortSignal.timeout?.(PATIENCE_MS) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-refresh]");
    trouble.hidden = Boolean(fresh);
    if (fresh && fresh.innerHTML !== shown) exchange(live(), fresh);
  } catch {
    trouble.hidden = false;
  }
  asking = false;
}

// What somebody has opened stays open, and the focus where it is.
function exchange(before, after) {
  shown = after.innerHTML;
  const parts = (page) => [...page.querySelectorAll("a, details, summary")];
  const old = parts(before);
  parts(after).forEach((part, place) => (part.open = old[place]?.open));
  const focused = old.indexOf(document.activeElement);
  before.replaceWith(document.adoptNode(after));
  parts(after)[focused]?.focus({ preventScroll: true });
}
