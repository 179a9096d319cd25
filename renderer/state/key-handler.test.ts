import { describe, expect, test } from 'vitest';
import type { Command } from './commands.ts';
import { ChordMatcher, SEQUENCE_MS, chordOf, isTyping, mayFire } from './key-handler.ts';
import type { KeyPress, KeyTarget } from './key-handler.ts';

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...held };
}

function element(
  tagName: string,
  attributes: Record<string, string> = {},
  isContentEditable = false,
): KeyTarget {
  return { tagName, isContentEditable, getAttribute: (name) => attributes[name] ?? null };
}

describe('chords', () => {
  test.each<[string, KeyPress]>([
    ['j', press('j')],
    ['C', press('C', { shiftKey: true })],
    ['?', press('?', { shiftKey: true })],
    ['Space', press(' ')],
    ['Shift+Space', press(' ', { shiftKey: true })],
    ['Ctrl+K', press('k', { ctrlKey: true })],
    ['Ctrl+K', press('k', { metaKey: true })],
    ['Ctrl+Shift+K', press('K', { ctrlKey: true, shiftKey: true })],
    ['Ctrl++', press('+', { ctrlKey: true, shiftKey: true })],
    ['Ctrl+1', press('1', { ctrlKey: true })],
    ['Alt+ArrowUp', press('ArrowUp', { altKey: true })],
    ['Shift+End', press('End', { shiftKey: true })],
  ])('%s', (chord, pressed) => expect(chordOf(pressed)).toBe(chord));

  test.each(['Control', 'Shift', 'Alt', 'Meta', 'Dead', 'Process'])('%s alone is none', (key) => {
    expect(chordOf(press(key))).toBeNull();
  });
});

describe('typing', () => {
  test('text fields take letters', () => {
    expect(isTyping(element('INPUT'))).toBe(true);
    expect(isTyping(element('INPUT', { type: 'search' }))).toBe(true);
    expect(isTyping(element('TEXTAREA'))).toBe(true);
    expect(isTyping(element('SELECT'))).toBe(true);
    expect(isTyping(element('DIV', {}, true))).toBe(true);
    expect(isTyping(element('INPUT', { type: 'checkbox' }))).toBe(false);
    expect(isTyping(element('DIV'))).toBe(false);
  });

  test('no letter, sign or Space fires while typing; Ctrl chords do, but for those of editing', () => {
    const field = element('INPUT');
    for (const chord of [
      'j',
      '?',
      '/',
      'Space',
      'End',
      'Escape',
      'Alt+j',
      'Ctrl+C',
      'Ctrl+V',
      'Ctrl+A',
      'Ctrl+Z',
    ]) {
      expect(mayFire(field, chord), chord).toBe(false);
    }
    for (const chord of ['Ctrl+K', 'Ctrl+,', 'Ctrl+1', 'Ctrl++'])
      expect(mayFire(field, chord), chord).toBe(true);
  });

  test('a focused button keeps Space and Enter, and nothing else', () => {
    for (const target of [element('BUTTON'), element('A'), element('DIV', { role: 'tab' })]) {
      expect(mayFire(target, 'Space')).toBe(false);
      expect(mayFire(target, 'Enter')).toBe(false);
      expect(mayFire(target, 'j')).toBe(true);
    }
    expect(mayFire(element('DIV', { role: 'row' }), 'Space')).toBe(true);
    expect(mayFire(null, 'Space')).toBe(true);
  });
});

describe('matching', () => {
  function command(id: string, keys: readonly string[], isEnabled = true): Command {
    return {
      id,
      titleKey: 'command.palette',
      group: 'view',
      keys,
      run: () => undefined,
      isEnabled: () => isEnabled,
    };
  }
  const commands = [
    command('feed', ['g f', 'Ctrl+1']),
    command('facets', ['f']),
    command('off', ['x'], false),
  ];

  test('one chord', () => {
    const matcher = new ChordMatcher();
    expect(matcher.match(commands, 'f', 0)?.id).toBe('facets');
    expect(matcher.match(commands, 'Ctrl+1', 1)?.id).toBe('feed');
    expect(matcher.match(commands, 'q', 2)).toBeNull();
  });

  test('a sequence, in time', () => {
    const matcher = new ChordMatcher();
    expect(matcher.match(commands, 'g', 0)).toBeNull();
    expect(matcher.match(commands, 'f', SEQUENCE_MS)?.id).toBe('feed');
    expect(matcher.match(commands, 'f', SEQUENCE_MS)?.id).toBe('facets');
  });

  test('too late, or with another key between, the second key stands for itself', () => {
    const late = new ChordMatcher();
    late.match(commands, 'g', 0);
    expect(late.match(commands, 'f', SEQUENCE_MS + 1)?.id).toBe('facets');
    const interrupted = new ChordMatcher();
    interrupted.match(commands, 'g', 0);
    interrupted.match(commands, 'q', 1);
    expect(interrupted.match(commands, 'f', 2)?.id).toBe('facets');
  });

  test('a disabled command does not fire', () => {
    expect(new ChordMatcher().match(commands, 'x', 0)).toBeNull();
  });
});
