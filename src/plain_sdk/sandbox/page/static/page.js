// What is shown stays as it is in the sandbox: where something else is to be seen, the page asks
// for itself again, and takes over the parts that say they are live.
const EVERY = 1000;
let version = document.body.dataset.version;

const parts = () => document.querySelectorAll("[data-live]");

function inLocalTime(root) {
  const day = { day: "2-digit", month: "short" };
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  const today = new Date().toDateString();
  for (const one of root.querySelectorAll("time[datetime]")) {
    if (one.closest(".components")) continue;
    const moment = new Date(one.dateTime);
    const shown = moment.toDateString() === today ? time : { ...day, hour: "2-digit", minute: "2-digit", hour12: false };
    one.textContent = moment.toLocaleString("en-GB", shown);
  }
}

function isUsed(part) {
  const selection = document.getSelection();
  return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
}

async function takeOver() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  inLocalTime(fresh);
  for (const part of parts()) {
    const next = fresh.getElementById(part.id);
    if (!next || isUsed(part) || next.innerHTML === part.innerHTML) continue;
    const known = new Set([...part.querySelectorAll("[data-key]")].map((one) => one.dataset.key));
    const focused = document.activeElement?.closest?.(`#${part.id} [data-key]`)?.dataset.key;
    part.replaceChildren(...next.childNodes);
    for (const one of part.querySelectorAll("[data-key]")) {
      if (!known.has(one.dataset.key)) one.classList.add("arrived");
      if (one.dataset.key === focused) one.focus({ preventScroll: true });
    }
  }
  version = fresh.body.dataset.version;
}

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch("/version");
      const current = await answer.text();
      document.querySelectorAll(".live").forEach((one) => one.classList.remove("off"));
      if (current !== version) await takeOver();
    } catch {
      // The sandbox is gone; it may come back.
      document.querySelectorAll(".live").forEach((one) => one.classList.add("off"));
    }
  }
  setTimeout(look, EVERY);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.closest(".source").querySelector("pre").textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1200);
});

inLocalTime(document);
// On a phone the parts are a line that is wider than the screen.
document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
document.querySelector(".pane.list [aria-current]")?.scrollIntoView({ block: "nearest" });
setTimeout(look, EVERY);
