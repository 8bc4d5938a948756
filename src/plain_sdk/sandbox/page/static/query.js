// The query editor, wired to the sandbox's API.
import { mount } from "/static/editor.js";

const places = Object.fromEntries(
  ["query", "variables", "answer"].map((id) => [id, document.getElementById(id)]),
);
const { api, schema } = document.querySelector(".editors").dataset;
const told = document.getElementById("told");
const key = document.getElementById("key");

const editor = mount(
  places,
  { query: places.query.dataset.given, variables: places.variables.dataset.given },
  run,
);

async function run() {
  let variables;
  try {
    variables = JSON.parse(editor.variables().trim() || "{}");
  } catch (error) {
    told.textContent = `the variables are no JSON: ${error.message}`;
    return;
  }
  told.textContent = "…";
  const began = performance.now();
  try {
    const answer = await fetch(api, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key.value}` },
      body: JSON.stringify({ query: editor.query(), variables }),
    });
    const text = await answer.text();
    told.textContent = `${answer.status}, ${Math.round(performance.now() - began)} ms`;
    try {
      editor.answer(JSON.stringify(JSON.parse(text), null, 2));
    } catch {
      editor.answer(text);
    }
  } catch (error) {
    told.textContent = `no answer: ${error.message}`;
  }
}

document.getElementById("run").addEventListener("click", run);
document.getElementById("tidy").addEventListener("click", () => {
  try {
    editor.tidy();
  } catch (error) {
    told.textContent = error.message;
  }
});
editor.focus();
const sdl = await (await fetch(schema)).text();
editor.schema(sdl);
document.body.dataset.schema = "known";
