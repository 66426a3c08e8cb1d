import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  completionStatus,
  moveCompletionSelection,
  selectedCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import { useEffect, useRef, useState } from 'react';
import { styleNonce } from '../app/nonce.ts';
import { LONGEST_FILTER } from '../app/view.ts';
import { completions, problemOf } from './filter-help.ts';
import { filterLanguage } from './filter-language.ts';

interface FilterEditorProps {
  /** The filter that is applied. */
  readonly applied: string;
  readonly apply: (filter: string) => void;
}

/** A mistake is told when nothing was written for so long. */
const CHECK_MS = 300;

/** Writes a filter: coloured by its grammar, completed, and marked where it is wrong. */
export function FilterEditor({ applied, apply }: FilterEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  const latest = useRef(apply);
  latest.current = apply;
  const [text, setText] = useState(applied);
  const problem = useProblem(text, editor);

  useEffect(() => {
    const made = new EditorView({
      parent: place.current!,
      state: EditorState.create({ extensions: extensions((filter) => latest.current(filter), setText) }),
    });
    editor.current = made;
    return () => made.destroy();
  }, []);

  // Set from outside: by the address, or by a click on a value.
  useEffect(() => {
    const made = editor.current!;
    if (made.state.doc.toString() === applied) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: applied } });
  }, [applied]);

  return (
    <div className="filter-editor" ref={place} data-wrong={problem !== null}>
      {problem !== null && (
        <div className="filter-problem" role="status">
          {problem.message}
        </div>
      )}
    </div>
  );
}

/** Asks the node what is wrong with the text, and marks it. */
function useProblem(text: string, editor: { readonly current: EditorView | undefined }): Diagnostic | null {
  const [problem, setProblem] = useState<Diagnostic | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const told = (found: Diagnostic | null) => {
      if (stop.signal.aborted) return;
      setProblem(found);
      const view = editor.current;
      if (view?.state.doc.toString() === text) view.dispatch(setDiagnostics(view.state, found === null ? [] : [found]));
    };
    const timer = setTimeout(() => problemOf(text, stop.signal).then(told, () => told(null)), CHECK_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, editor]);
  return problem;
}

function extensions(apply: (filter: string) => void, told: (text: string) => void): Extension[] {
  return [
    EditorView.cspNonce.of(styleNonce),
    keymap.of([
      { key: 'Enter', run: (view) => selectedAccepted(view) || applied(view, apply) },
      { key: 'Tab', run: firstAccepted },
      { key: 'Escape', run: left },
    ]),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    ...[history(), drawSelection(), bracketMatching(), filterLanguage(), EditorView.lineWrapping],
    // Nothing is chosen until it is pointed at: Enter applies what was written.
    autocompletion({
      override: [completions],
      selectOnOpen: false,
      interactionDelay: 0,
      icons: false,
      maxRenderedOptions: 60,
    }),
    placeholder('filter, such as: net 10.0.0.0/8 and dst port 443'),
    EditorView.contentAttributes.of({
      'aria-label': 'Filter',
      role: 'textbox',
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    EditorState.transactionFilter.of((change) => (change.newDoc.length > LONGEST_FILTER ? [] : change)),
    EditorView.domEventHandlers({ beforeinput: typedOver }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) told(update.state.doc.toString());
    }),
  ];
}

/** Where a browser itself puts a letter in the place of coloured words it copies their looks into a style attribute, which the content policy forbids. */
function typedOver(event: InputEvent, view: EditorView): boolean {
  const { data, inputType } = event;
  if (inputType !== 'insertText' || data === null || view.composing || view.state.selection.main.empty) return false;
  view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
  event.preventDefault();
  return true;
}

function selectedAccepted(view: EditorView): boolean {
  return selectedCompletion(view.state) !== null && acceptCompletion(view);
}

function applied(view: EditorView, apply: (filter: string) => void): boolean {
  closeCompletion(view);
  apply(view.state.doc.toString().trim());
  return true;
}

/** Tab takes the first completion; where there is none it leads to what comes next on the page, and nowhere while they are being looked for. */
function firstAccepted(view: EditorView): boolean {
  const status = completionStatus(view.state);
  if (status !== 'active') return status === 'pending';
  if (selectedCompletion(view.state) === null) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
}

function left(view: EditorView): boolean {
  if (!closeCompletion(view)) view.contentDOM.blur();
  return true;
}
