// The welcome page: a star that is clicked or tapped is an answer at once. Arrow keys only choose:
// then Enter, or the button that appears, answers, and the focus goes on to the next question.

const page = document.getElementById("welcome");
let byKeys = false;
let place = -1;

page.addEventListener("pointerdown", () => { byKeys = false; });
page.addEventListener("keydown", () => { byKeys = true; });

page.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-question]");
  if (form && !byKeys) form.requestSubmit(form.querySelector(".rate-send"));
});

/** Where the question that has the focus stands on the wall; -1 where none has. */
function focused() {
  const question = byKeys && document.activeElement?.closest("#wall .question");
  return question ? [...question.parentElement.children].indexOf(question) : -1;
}

// Another part of the page may be swapped before this one has settled: the place is kept until then.
document.addEventListener("htmx:beforeSwap", () => {
  const now = focused();
  if (now >= 0) place = now;
});
document.addEventListener("htmx:afterSettle", () => {
  if (place < 0) return;
  const questions = document.querySelectorAll("#wall .question");
  questions[Math.min(place, questions.length - 1)]?.querySelector("input[type=radio]").focus();
  place = -1;
});
