// Makes the pages smooth: moves without a page load, a running clock, patience with a bad network.
// Nothing depends on it. The server's pages are the only truth: whatever happens, the page it sends is shown.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
const PATIENCE_MS = 15000;
const SAYS_LEFT_AT = [10, 5];

const said = document.querySelector("#said");
const trouble = document.querySelector("#trouble");
let ticking = 0;
let busy = false;

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  if (busy) return;
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  event.submitter?.classList.add("sent");
  visit(form.action, { method: "POST", body });
});

addEventListener("popstate", () => visit(location.href));
addEventListener("pageshow", (event) => event.persisted && visit(location.href));
runClock();

// Every move may be sent again: the server takes the first and answers all alike.
async function visit(address, request) {
  busy = true;
  clearInterval(ticking);
  const answer = await fetchPatiently(address, request);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  trouble.hidden = true;
  busy = false;
  if (!page.querySelector("main")) return location.assign(answer.url);
  show(page, answer.url);
}

async function fetchPatiently(address, request) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await fetch(address, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
      trouble.hidden = false;
      await new Promise((resume) => {
        setTimeout(resume, pause);
        addEventListener("online", resume, { once: true });
      });
    }
  }
}

function show(page, address) {
  if (address !== location.href) history.pushState(null, "", address);
  document.title = page.title;
  for (const part of ["header.top", "main"]) {
    document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
  }
  scrollTo(0, 0);
  const target = document.querySelector("main [autofocus]") ?? document.querySelector("h1");
  if (target.matches("h1")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  runClock();
}

// The server says how long is left; when that is over, it is asked what became of the question.
function runClock() {
  const clock = document.querySelector(".clock");
  if (!clock) return;
  const end = performance.now() + 1000 * clock.dataset.left;
  const announced = new Set();
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.querySelector("p").textContent = `${left} s`;
    clock.classList.toggle("short", left <= 5);
    const due = [Math.round(clock.dataset.limit / 2), ...SAYS_LEFT_AT].find((at) => at === left);
    if (due && !announced.has(due)) {
      announced.add(due);
      said.textContent = `${due} seconds left`;
    }
    if (performance.now() > end + 1000 * clock.dataset.grace) visit(location.href);
  };
  ticking = setInterval(tick, 200);
  tick();
}
