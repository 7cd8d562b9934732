// Answers as they arrive. Without this script the same page is sent piece by piece.
import { initAll } from "./govuk-frontend-6.3.0.js";

initAll();

const answers = document.getElementById("answers");
if (answers && answers.dataset.events) {
  follow(answers);
}

for (const button of document.querySelectorAll(".with-script")) {
  button.hidden = false;
}
document.querySelector("[data-print]")?.addEventListener("click", () => print());
// On paper nothing can be unfolded: who does not know the child is named there too.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("#answers details")) {
    folded.open = true;
  }
});
document.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
  const button = event.target;
  try {
    // Not awaited before it is written: some browsers let only a click itself write.
    const text = textOf(button.dataset.copy).then((read) => new Blob([read], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Nothing was copied: download it instead";
  }
});

// Who was signed out meanwhile, or has removed the answers, is led to another page: not to be pasted.
async function textOf(address) {
  const response = await fetch(address, { redirect: "error" });
  if (!response.ok) {
    throw new Error(response.statusText);
  }
  return response.text();
}

takeCaseReference();
window.addEventListener("hashchange", takeCaseReference);

if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  document.querySelectorAll("[data-passkey]").forEach(offerPasskey);
}

const stillThere = document.getElementById("still-there");
if (stillThere) {
  watchTheClock(stillThere);
}

const shiftEnds = document.getElementById("shift-ends");
if (shiftEnds) {
  watchForTheEnd(shiftEnds);
}

// A case system leads here with the reference of a case behind the "#", which no server sees. It is
// kept in this tab while somebody signs in, and in no address; after ten minutes that is perhaps
// somebody else.
function takeCaseReference() {
  const name = "case-reference";
  const time = "case-reference-ms";
  const given = new URLSearchParams(location.hash.slice(1)).get(name);
  if (given) {
    sessionStorage.setItem(name, given);
    sessionStorage.setItem(time, Date.now());
    history.replaceState(null, "", location.pathname);
  }
  const field = document.querySelector('form[action="/ask"] #case_reference');
  const isOld = Date.now() - sessionStorage.getItem(time) > 10 * 60_000;
  if (field && !isOld) {
    field.value ||= sessionStorage.getItem(name);
  }
  if (field || isOld) {
    sessionStorage.removeItem(name);
    sessionStorage.removeItem(time);
  }
}

// A form that is sent with what the device has signed.
function offerPasskey(form) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-passkey-failed]");
    failed.hidden = true;
    try {
      const asked = await fetch(form.dataset.options, { method: "POST", body: fieldsOf(form) });
      const options = await asked.json();
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}

function fieldsOf(form) {
  return new URLSearchParams(new FormData(form));
}

// A session ends when nothing was looked at for a while, in any tab: two minutes before, it asks. The
// node keeps to the minute when something was looked at: a minute less is sure.
function watchTheClock(dialog) {
  const minute = 60_000;
  const idle = (Number(dialog.dataset.minutes) - 1) * minute;
  const tabs = new BroadcastChannel("still-there");
  let asking;
  let leaving;
  const begin = () => {
    clearTimeout(asking);
    clearTimeout(leaving);
    asking = setTimeout(() => {
      dialog.showModal();
      leaving = setTimeout(() => location.assign("/sign-in"), 2 * minute);
    }, idle - 2 * minute);
  };
  const stay = () => {
    dialog.close();
    begin();
  };
  tabs.addEventListener("message", stay);
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const kept = await fetch("/stay", { method: "POST", body: fieldsOf(event.target) });
    if (kept.redirected) {
      location.assign("/sign-in");
    }
    stay();
    tabs.postMessage("");
  });
  begin();
  tabs.postMessage("");
}

// After a whole shift a session ends, whatever is looked at: ten minutes before, that is said. A page
// that comes later than that says it itself, on top.
function watchForTheEnd(dialog) {
  const minute = 60_000;
  const before = 10 * minute;
  const sessions = new BroadcastChannel("shift-ends");
  let ends = Date.now() + Number(dialog.dataset.secondsLeft) * 1000;
  let asking;
  let leaving;
  const begin = () => {
    clearTimeout(asking);
    clearTimeout(leaving);
    const left = ends - Date.now();
    if (left > before) {
      asking = setTimeout(() => dialog.showModal(), left - before);
    }
    leaving = setTimeout(() => location.assign("/sign-in"), left);
  };
  // Whoever has signed out and in again in another tab has a session that ends later.
  sessions.addEventListener("message", (event) => {
    if (event.data > ends + minute) {
      ends = event.data;
      dialog.close();
      begin();
    }
  });
  begin();
  sessions.postMessage(ends);
}

const nameOf = (card) => card.querySelector("h3").textContent;

function insertByName(cards, html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const card = template.content.firstElementChild;
  const behind = [...cards.children].find((other) => nameOf(other) > nameOf(card));
  cards.insertBefore(card, behind ?? null);
}

function follow(answers) {
  const members = Number(answers.dataset.members);
  const answered = document.getElementById("answered");
  const source = new EventSource(answers.dataset.events);
  let heard = answers.querySelectorAll(".answer").length;
  source.onmessage = (event) => {
    const answer = JSON.parse(event.data);
    const section = document.getElementById(`section-${answer.section}`);
    const cards = section.querySelector(".cards");
    insertByName(cards, answer.html);
    section.hidden = false;
    const number = section.querySelector(".number");
    if (number) {
      number.textContent = cards.children.length;
    }
    heard = answer.answered;
    if (answer.section !== "not_heard") {
      answered.textContent = Number(answered.textContent) + 1;
    }
  };
  source.addEventListener("error", () => {
    // What breaks off is taken up again by itself, but for who was signed out, or a node that ended.
    if (source.readyState === EventSource.CLOSED) {
      document.getElementById("broken-off").hidden = false;
    }
  });
  source.addEventListener("end", (event) => {
    source.close();
    const { kept, again } = JSON.parse(event.data);
    const ready = again ? "[data-at-the-end], [data-again]" : "[data-at-the-end]";
    for (const later of document.querySelectorAll(ready)) {
      later.hidden = false;
    }
    // The page in order says why nobody was heard from, and that nothing is kept.
    if (heard < members || answered.textContent === "0" || !kept) {
      location.reload();
    }
  });
}
