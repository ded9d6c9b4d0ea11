// Keeps a page fresh while somebody can see it; unchanged, it costs no body (304).

const PATIENCE_MS = 15000;

const trouble = document.querySelector("#trouble");
const live = () => document.querySelector("[data-refresh]");
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
    // Nothing changes under the eyes of who has opened something; the address is the same on every page.
    const isRead = live().querySelector("[open], :focus:not(.address)");
    if (fresh && fresh.innerHTML !== live().innerHTML && !isRead) live().replaceWith(document.adoptNode(fresh));
  } catch {
    trouble.hidden = false;
  }
  asking = false;
}
