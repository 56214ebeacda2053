/**
 * The editor of a note: plain ProseMirror on a Yjs document. Loaded when the first note is opened, with everything it needs.
 *
 * It works under a policy that allows no inline script, no inline style and no HTML made from text. Undo takes back only what this
 * person did. Tab is left to the page, so that nobody is caught in the text: lists are nested with Ctrl or Cmd and a bracket.
 */
import 'prosemirror-view/style/prosemirror.css';
import { baseKeymap, chainCommands, exitCode, setBlockType, toggleMark } from 'prosemirror-commands';
import { inputRules, textblockTypeInputRule, wrappingInputRule } from 'prosemirror-inputrules';
import { keymap } from 'prosemirror-keymap';
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list';
import { EditorState, Plugin, type Command } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';
import { redoCommand, undoCommand, ySyncPlugin, yUndoPlugin } from 'y-prosemirror';
import type { Doc } from 'yjs';
import { FRAGMENT } from './note';
import { sliceOf } from './paste';
import { markType, nodeType } from './schema';

export type ToolName = 'strong' | 'em' | 'heading' | 'bullet_list' | 'ordered_list' | 'undo' | 'redo';

/** What the toolbar shows of a tool: whether it is on at the caret, and whether it could be used. */
export interface ToolState {
  readonly on: boolean;
  readonly able: boolean;
}
export type Tools = Record<ToolName, ToolState>;

/** Undo never takes away a block that still holds something: inside my list may stand somebody else's line. */
const HOLDERS = new Set(['paragraph', 'heading', 'bullet_list', 'ordered_list', 'list_item']);

export interface EditorParts {
  readonly place: HTMLElement;
  readonly doc: Doc;
  /** Ids of the elements that name the text and tell its keys. */
  readonly labelledBy: string;
  readonly describedBy: string;
  readonly writable: () => boolean;
  readonly onTools: (tools: Tools) => void;
}

export interface Editor {
  use(tool: ToolName): void;
  /** The person may or may not write now. */
  refresh(): void;
  focus(): void;
  destroy(): void;
}

export function openEditor({ place, doc, labelledBy, describedBy, writable, onTools }: EditorParts): Editor {
  const state = EditorState.create({
    schema: nodeType('doc').schema,
    plugins: [ySyncPlugin(doc.getXmlFragment(FRAGMENT)), yUndoPlugin({ protectedNodes: HOLDERS }), rules, keys, keymap(baseKeymap), plainPaste],
  });
  const view = new EditorView(place, {
    state,
    editable: writable,
    attributes: () => ({
      role: 'textbox',
      'aria-multiline': 'true',
      'aria-labelledby': labelledBy,
      'aria-describedby': describedBy,
      'aria-readonly': String(!writable()),
      // Not editable, it must still be reached by those who read with the keyboard.
      tabindex: '0',
      spellcheck: 'true',
    }),
    // `this`, not `view`: the first transaction comes while the view is still being made.
    dispatchTransaction(this: EditorView, transaction) {
      this.updateState(this.state.apply(transaction));
      onTools(toolsIn(this.state));
    },
  });
  onTools(toolsIn(view.state));
  return {
    use(tool) {
      if (writable()) TOOLS[tool](view.state, view.dispatch, view);
      view.focus();
      onTools(toolsIn(view.state));
    },
    refresh() {
      view.setProps({ editable: writable });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

// --- tools ---

const toggleHeading: Command = (state, dispatch) =>
  inside(state, 'heading')
    ? setBlockType(nodeType('paragraph'))(state, dispatch)
    : setBlockType(nodeType('heading'), { level: 1 })(state, dispatch);

const toggleList =
  (name: 'bullet_list' | 'ordered_list'): Command =>
  (state, dispatch) =>
    inside(state, name) ? liftListItem(nodeType('list_item'))(state, dispatch) : wrapInList(nodeType(name))(state, dispatch);

const TOOLS: Record<ToolName, Command> = {
  strong: toggleMark(markType('strong')),
  em: toggleMark(markType('em')),
  heading: toggleHeading,
  bullet_list: toggleList('bullet_list'),
  ordered_list: toggleList('ordered_list'),
  undo: undoCommand,
  redo: redoCommand,
};

function toolsIn(state: EditorState): Tools {
  const marked = (name: string) => {
    const { from, to, empty, $from } = state.selection;
    const type = markType(name);
    if (empty) return type.isInSet(state.storedMarks ?? $from.marks()) !== undefined;
    return state.doc.rangeHasMark(from, to, type);
  };
  const on: Record<ToolName, boolean> = {
    strong: marked('strong'),
    em: marked('em'),
    heading: inside(state, 'heading'),
    bullet_list: inside(state, 'bullet_list'),
    ordered_list: inside(state, 'ordered_list'),
    undo: false,
    redo: false,
  };
  const names = Object.keys(TOOLS) as ToolName[];
  return Object.fromEntries(names.map((name) => [name, { on: on[name], able: TOOLS[name](state) }])) as Tools;
}

function inside(state: EditorState, name: string): boolean {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if ($from.node(depth).type.name === name) return true;
  }
  return false;
}

// --- keys ---

const lineBreak: Command = chainCommands(exitCode, (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodeType('hard_break').create()).scrollIntoView());
  return true;
});

const keys = keymap({
  'Mod-b': TOOLS.strong,
  'Mod-i': TOOLS.em,
  'Mod-z': TOOLS.undo,
  'Mod-y': TOOLS.redo,
  'Shift-Mod-z': TOOLS.redo,
  'Mod-Alt-1': TOOLS.heading,
  'Shift-Mod-8': TOOLS.bullet_list,
  'Shift-Mod-7': TOOLS.ordered_list,
  Enter: splitListItem(nodeType('list_item')),
  'Shift-Enter': lineBreak,
  'Mod-]': sinkListItem(nodeType('list_item')),
  'Mod-[': liftListItem(nodeType('list_item')),
});

/** "# ", "- " and "1. " at the beginning of a line. */
const rules = inputRules({
  rules: [
    textblockTypeInputRule(/^#\s$/, nodeType('heading'), { level: 1 }),
    wrappingInputRule(/^\s*[-*•]\s$/, nodeType('bullet_list')),
    wrappingInputRule(/^1[.)]\s$/, nodeType('ordered_list')),
  ],
});

// --- what comes from the clipboard ---

const plainPaste = new Plugin({
  props: {
    handleDOMEvents: {
      paste(view, event) {
        const text = event.clipboardData?.getData('text/plain') ?? '';
        event.preventDefault();
        if (view.editable && text !== '') view.dispatch(view.state.tr.replaceSelection(sliceOf(text)).scrollIntoView());
        return true;
      },
      drop(view, event) {
        const text = event.dataTransfer?.getData('text/plain') ?? '';
        event.preventDefault();
        const place = view.posAtCoords({ left: event.clientX, top: event.clientY });
        if (view.editable && text !== '' && place !== null) {
          view.dispatch(view.state.tr.replaceRange(place.pos, place.pos, sliceOf(text)));
        }
        return true;
      },
    },
  },
});
