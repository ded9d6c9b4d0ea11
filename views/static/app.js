// Makes the pages smooth; nothing depends on it.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
const PATIENCE_MS = 15000;
// Of a gateway, or while Datastore is away.
const NOT_NOW = [502, 503, 504];
const COUNT_MS = 900;
const SAYS_LEFT_AT = [10, 5];

const said = document.querySelector("#said");
const trouble = document.querySelector("#trouble");
let here = withoutFragment(location.href);
// A newer visit takes its place, unless it is a move without its answer.
let underWay = null;
let ticking = 0;

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  if (underWay?.isMove) return;
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  event.submitter?.classList.add("sent");
  visit(form.action, { method: "POST", body });
});

// A double click must not press what has just come under the pointer.
addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("button")) event.preventDefault();
});

// 1 to 6 and A to F choose, Enter goes on, with the focus on the question or nowhere.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target !== document.body && !event.target.closest("main")) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
    document.querySelector(".feedback .go, .question .go")?.click();
    return;
  }
  const place = "123456".indexOf(event.key) + 1 || "abcdef".indexOf(event.key.toLowerCase()) + 1;
  document.querySelectorAll(".choices > *")[place - 1]?.click();
});

// A jump within the page is no visit.
addEventListener("popstate", () => {
  if (withoutFragment(location.href) === here) return;
  here = withoutFragment(location.href);
  visit(here);
});
addEventListener("pageshow", (event) => event.persisted && visit(here));
arrive();

async function visit(address, request) {
  const mine = (underWay = { isMove: Boolean(request) });
  const isLatest = () => underWay === mine;
  document.querySelector("main").setAttribute("aria-busy", "true");
  const answer = await fetchPatiently(address, request, isLatest);
  if (!isLatest()) return;
  underWay = null;
  trouble.hidden = true;
  // Something on the way has answered.
  if (!answer.page.querySelector("main")) return location.reload();
  // An error has no address of its own.
  if (answer.redirectedTo) goTo(answer.redirectedTo);
  show(answer.page);
}

// Every move may be sent again: the server answers all alike.
async function fetchPatiently(address, request, isLatest) {
  for (let pause = FIRST_PAUSE_MS; isLatest(); pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const signal = AbortSignal.timeout?.(PATIENCE_MS);
    try {
      const response = await fetch(address, { ...request, signal });
      if (NOT_NOW.includes(response.status)) throw response;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      return { page, redirectedTo: response.redirected && response.url };
    } catch {
      if (isLatest()) trouble.hidden = false;
    }
    await new Promise((resume) => {
      setTimeout(resume, pause);
      addEventListener("online", resume, { once: true });
    });
  }
}

// A game is one entry of the history.
function goTo(address) {
  if (address === here) return;
  here = address;
  history.pushState(null, "", address);
}

function show(page) {
  clearInterval(ticking);
  document.title = page.title;
  const target = page.querySelector("main [autofocus]") ?? page.querySelector("h1");
  if (target.matches("h1")) target.tabIndex = -1;
  // The browser would try as well, and complain.
  target.removeAttribute("autofocus");
  for (const part of ["header.top", "main"]) {
    document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
  }
  trouble.textContent = page.querySelector("#trouble").textContent;
  scrollTo(0, 0);
  target.focus({ preventScroll: true });
  // So that the same words are heard again.
  said.textContent = "";
  arrive();
}

function arrive() {
  runClock();
  runWait();
  makeMovable();
  countUp();
  offerSharing();
}

// What is heard is there from the start.
function countUp() {
  const points = document.querySelector("#points");
  if (!points || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const text = points.textContent;
  const total = Number(text.replaceAll(/\D/g, ""));
  // As wide at every step.
  const places = text.replaceAll(/\D/g, "").length;
  const shown = document.createElement("span");
  const heard = document.createElement("span");
  shown.ariaHidden = "true";
  heard.className = "unseen";
  heard.textContent = text;
  points.replaceChildren(heard, shown);
  const begun = performance.now();
  const step = (now) => {
    // A frame may have begun before this script.
    const part = Math.min(1, Math.max(0, now - begun) / COUNT_MS);
    const digits = [...String(Math.round(total * (1 - (1 - part) ** 3))).padStart(places, "0")];
    shown.textContent = text.replaceAll(/\d/g, () => digits.shift());
    if (part < 1) requestAnimationFrame(step);
    else points.textContent = text;
  };
  step(begun);
}

// Menus become items that move; the form sends the same.
function makeMovable() {
  const list = document.querySelector(".places");
  if (!list) return;
  const items = [...list.querySelectorAll("select")].map(movable);
  list.replaceChildren(...items);
  list.classList.add("movable");
  settle(list);
}

function movable(menu) {
  const item = document.createElement("li");
  const { up: upText, down: downText } = menu.closest(".places").dataset;
  const text = menu.selectedOptions[0].textContent;
  item.innerHTML = `<span class="key" aria-hidden="true"></span><input type="hidden" name="answer"><span class="text" dir="auto"></span>
<button type="button" class="move">↑</button><button type="button" class="move">↓</button>`;
  item.querySelector("input").value = menu.value;
  item.querySelector(".text").textContent = text;
  const [up, down] = item.querySelectorAll("button");
  up.ariaLabel = fill(upText, { text });
  down.ariaLabel = fill(downText, { text });
  up.onclick = () => move(item, item.previousElementSibling, item, up, down);
  down.onclick = () => move(item, item, item.nextElementSibling, down, up);
  return item;
}

// The finger stays on the item that it moves.
function move(item, upper, lower, pressed, other) {
  upper.before(lower);
  settle(item.parentElement);
  (pressed.disabled ? other : pressed).focus();
  const { children, dataset } = item.parentElement;
  const [text, place] = [item.querySelector(".text").textContent, [...children].indexOf(item) + 1];
  said.textContent = fill(dataset.moved, { text, place, length: children.length });
}

function settle(list) {
  [...list.children].forEach((item, place, all) => {
    item.querySelector(".key").textContent = place + 1;
    const [up, down] = item.querySelectorAll("button");
    up.disabled = place === 0;
    down.disabled = place === all.length - 1;
  });
}

// When the time is over, the server tells what became of the question.
function runClock() {
  const clock = document.querySelector(".clock");
  if (!clock) return;
  const end = Date.now() + 1000 * clock.dataset.left;
  let toSay = [clock.dataset.limit / 2, ...SAYS_LEFT_AT].filter((at) => at < clock.dataset.left);
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    clock.querySelector("p").textContent = fill(clock.dataset.short, { seconds: left });
    clock.classList.toggle("short", left <= 5);
    if (toSay.some((at) => left <= at)) {
      toSay = toSay.filter((at) => at < left);
      said.textContent = fill(clock.dataset.said, { seconds: left });
    }
    // Not while an answer is on its way.
    if (!underWay && Date.now() > end + 1000 * clock.dataset.grace) visit(here);
  };
  ticking = setInterval(tick, 200);
  tick();
}

// To the share sheet, or copied.
function offerSharing() {
  const button = document.querySelector(".share");
  if (!button) return;
  const link = document.querySelector("#link");
  if (navigator.share) button.textContent = button.dataset.share;
  button.onclick = async () => {
    try {
      await (navigator.share?.({ text: link.value }) ?? navigator.clipboard.writeText(link.value));
      said.textContent = button.textContent = navigator.share ? button.dataset.shared : button.dataset.copied;
    } catch {
      // Called off, or not allowed, as on plain http.
      link.select();
      if (!navigator.share && document.execCommand("copy")) said.textContent = button.textContent = button.dataset.copied;
    }
  };
}

// Until the next daily quiz; then the page stays: somebody may be typing.
function runWait() {
  const wait = document.querySelector("[data-wait]");
  if (!wait) return;
  const end = Date.now() + 1000 * wait.dataset.wait;
  ticking = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 60000));
    const hours = Math.floor(left / 60);
    const text = hours ? wait.dataset.hours : left ? wait.dataset.minutes : wait.dataset.now;
    wait.textContent = fill(text, { hours, minutes: left % 60 });
  }, 1000);
}

// The page brings the words, with {names} for what is known here.
function fill(words, values) {
  return words.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);
}

function withoutFragment(address) {
  return address.split("#")[0];
}
