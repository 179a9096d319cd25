/**
 * The page's one key handler: turns key presses into chords and chords into commands. No letter fires while
 * typing.
 */
import type { Command } from './commands.ts';
import { isCommandEnabled, useCommands } from './commands.ts';

/** What of a KeyboardEvent decides. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** How long the second key of a sequence such as `g f` may take. */
export const SEQUENCE_MS = 1_200;

/**
 * `Ctrl+K`, `Space`, `C` (shift is in the letter), `Ctrl+Shift+K`, `Ctrl++` (shift is in the sign); null for
 * a bare modifier.
 */
export function chordOf(press: KeyPress): string | null {
  if (['Control', 'Shift', 'Alt', 'Meta', 'CapsLock', 'Dead', 'Process'].includes(press.key)) return null;
  const isNamed = press.key.length > 1 || press.key === ' ';
  const hasModifier = press.ctrlKey || press.metaKey || press.altKey;
  let name = press.key === ' ' ? 'Space' : press.key;
  if (!isNamed && hasModifier) name = name.toUpperCase();
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push('Ctrl');
  if (press.altKey) parts.push('Alt');
  if (press.shiftKey && (isNamed || (hasModifier && /^[A-Z]$/.test(name)))) parts.push('Shift');
  return [...parts, name].join('+');
}

const ACTING_ROLES = [
  'button',
  'checkbox',
  'link',
  'menuitem',
  'menuitemradio',
  'option',
  'radio',
  'slider',
  'switch',
  'tab',
];
const TEXT_INPUT_TYPES_NOT = [
  'button',
  'checkbox',
  'color',
  'file',
  'image',
  'radio',
  'range',
  'reset',
  'submit',
];

/** The part of an element that decides whether a key belongs to it. */
export interface KeyTarget {
  readonly tagName: string;
  readonly isContentEditable: boolean;
  getAttribute(name: string): string | null;
}

export function isTyping(target: KeyTarget): boolean {
  if (target.isContentEditable) return true;
  const tag = target.tagName.toLowerCase();
  if (tag === 'textarea' || tag === 'select') return true;
  return tag === 'input' && !TEXT_INPUT_TYPES_NOT.includes(target.getAttribute('type') ?? 'text');
}

/** Space and Enter press a focused button; they are not ours then. */
function pressesControl(target: KeyTarget, chord: string): boolean {
  if (chord !== 'Space' && chord !== 'Enter') return false;
  const tag = target.tagName.toLowerCase();
  if (tag === 'button' || tag === 'a' || tag === 'input' || tag === 'summary') return true;
  return ACTING_ROLES.includes(target.getAttribute('role') ?? '');
}

/** Whether a chord pressed on this element is ours at all. */
export function mayFire(target: KeyTarget | null, chord: string): boolean {
  if (target === null) return true;
  if (pressesControl(target, chord)) return false;
  if (!isTyping(target)) return true;
  return chord.startsWith('Ctrl+') && chord.length > 'Ctrl+'.length && !EDITING_CHORDS.includes(chord);
}

/** Chords an edit field needs for itself. */
const EDITING_CHORDS = [
  'Ctrl+A',
  'Ctrl+C',
  'Ctrl+V',
  'Ctrl+X',
  'Ctrl+Z',
  'Ctrl+Shift+Z',
  'Ctrl+Y',
  'Ctrl+Enter',
];

/**
 * Finds the command of a press; remembers the first key of a sequence. Pure but for that memory. `pressedAtMs`
 * is when the key went down, not when a busy page came to handle it.
 */
export class ChordMatcher {
  private prefix = '';
  private prefixAtMs = 0;

  match(commands: readonly Command[], chord: string, pressedAtMs: number): Command | null {
    const sequence =
      this.prefix !== '' && pressedAtMs - this.prefixAtMs <= SEQUENCE_MS ? `${this.prefix} ${chord}` : null;
    this.prefix = '';
    const usable = commands.filter(isCommandEnabled);
    const bySequence = sequence === null ? undefined : usable.find(({ keys }) => keys.includes(sequence));
    if (bySequence !== undefined) return bySequence;
    if (usable.some(({ keys }) => keys.some((key) => key.startsWith(`${chord} `)))) {
      this.prefix = chord;
      this.prefixAtMs = pressedAtMs;
      return null;
    }
    return usable.find(({ keys }) => keys.includes(chord)) ?? null;
  }
}

function targetOf(event: KeyboardEvent): KeyTarget | null {
  return event.target instanceof HTMLElement ? event.target : null;
}

/** Listens on the window. Returns the function that stops listening. */
export function listenForKeys(): () => void {
  const matcher = new ChordMatcher();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const { commands, modalCount } = useCommands.getState();
    const chord = chordOf(event);
    if (chord === null || modalCount > 0 || !mayFire(targetOf(event), chord)) return;
    const command = matcher.match(commands, chord, event.timeStamp);
    if (command === null) return;
    event.preventDefault();
    command.run();
  };
  window.addEventListener('keydown', onKeyDown);
  return () => window.removeEventListener('keydown', onKeyDown);
}
