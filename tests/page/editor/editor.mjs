// The query editor: CodeMirror with the schema's completion, hints and errors.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { json } from "@codemirror/lang-json";
import {
  HighlightStyle, bracketMatching, foldGutter, indentOnInput, syntaxHighlighting,
} from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { graphql, updateSchema } from "cm6-graphql";
import { buildSchema, parse, print } from "graphql";

// The colors are the page's own, so that they follow its light and dark.
const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword], color: "var(--code-keyword)" },
  { tag: [tags.propertyName, tags.attributeName], color: "var(--code-name)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--code-variable)" },
  { tag: [tags.atom, tags.typeName, tags.className], color: "var(--code-type)" },
  { tag: [tags.comment], color: "var(--muted)", fontStyle: "italic" },
]);

const common = [
  lineNumbers(), foldGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(),
  closeBrackets(), syntaxHighlighting(colors), EditorView.lineWrapping,
  keymap.of([
    ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap,
  ]),
];

function editor(parent, doc, label, extensions) {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc,
      extensions: [
        ...extensions, ...common,
        EditorView.contentAttributes.of({ "aria-label": label }),
      ],
    }),
  });
}

/**
 * Three editors in their places, and what a page needs of them.
 *
 * @param places {query, variables, answer}: elements to fill.
 * @param given {query, variables}: their texts.
 * @param run: called where somebody presses Ctrl-Enter.
 */
export function mount(places, given, run) {
  const running = Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }]));
  const tabs = keymap.of([indentWithTab]);
  const query = editor(places.query, given.query, "Query", [
    running, tabs, highlightActiveLine(), autocompletion(), graphql(),
  ]);
  const variables = editor(places.variables, given.variables, "Variables", [
    running, tabs, highlightActiveLine(), json(),
  ]);
  const answer = editor(places.answer, "", "Answer", [
    json(), EditorState.readOnly.of(true), EditorView.editable.of(false),
  ]);
  const set = (view, text) =>
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  return {
    query: () => query.state.doc.toString(),
    variables: () => variables.state.doc.toString(),
    answer: (text) => set(answer, text),
    schema: (sdl) => updateSchema(query, buildSchema(sdl, { assumeValid: true, noLocation: true })),
    tidy: () => set(query, print(parse(query.state.doc.toString()))),
    focus: () => query.focus(),
  };
}
