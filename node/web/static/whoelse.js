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
document.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
  const button = event.target;
  const response = await fetch(button.dataset.copy);
  await navigator.clipboard.writeText(await response.text());
  button.textContent = "Copied";
});

function follow(answers) {
  const members = Number(answers.dataset.members);
  const answered = document.getElementById("answered");
  const source = new EventSource(answers.dataset.events);
  let heard = answers.querySelectorAll(".answer").length;
  source.onmessage = (event) => {
    const answer = JSON.parse(event.data);
    const section = document.getElementById(`section-${answer.section}`);
    const cards = section.querySelector(".cards");
    cards.insertAdjacentHTML("beforeend", answer.html);
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
  source.addEventListener("end", () => {
    source.close();
    if (heard < members) {
      location.reload();
    }
  });
}
