import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { DoorKeys, cookieName, cookieValue, sessionCookie } from './door-keys.ts';

function setUp() {
  const clock = { nowMs: 0, wallMs: () => 0, monotonicMs: () => clock.nowMs };
  return { clock, keys: new DoorKeys(clock) };
}

test('a ticket is good once; afterwards there is another', () => {
  const { keys } = setUp();
  const { ticket } = keys;
  const first = keys.redeem(ticket);
  expect(first.outcome).toBe('session');
  expect(keys.isSession(first.session)).toBe(true);
  expect(keys.redeem(ticket)).toEqual({ outcome: 'used', session: '', windowKey: '', waitMs: 0 });
  expect(keys.ticket).not.toBe(ticket);
  expect(keys.redeem(keys.ticket).outcome).toBe('session');
  expect(keys.isSession(first.session)).toBe(true);
});

test('tickets and sessions have 256 bits and are never the same', () => {
  const seen = new Set<string>();
  const { keys } = setUp();
  for (let round = 0; round < 100; round += 1) {
    seen.add(keys.ticket);
    seen.add(keys.redeem(keys.ticket).session);
  }
  expect(seen.size).toBe(200);
  for (const token of seen) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
});

test('guessing is refused and slowed, and does not lock the operator out', () => {
  const { keys } = setUp();
  const waits = Array.from({ length: LIMITS.tokenWrongTriesMax + 1 }, (_, round) => keys.redeem(`guess ${round}`).waitMs);
  expect(waits.slice(0, LIMITS.tokenWrongTriesMax - 1).every((waitMs) => waitMs === 0)).toBe(true);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(LIMITS.tokenDelayMs);
  expect(keys.redeem(null).outcome).toBe('wrong');
  expect(keys.redeem('').outcome).toBe('wrong');
  expect(keys.redeem(keys.ticket)).toMatchObject({ outcome: 'session', waitMs: 0 });
});

test('nothing but a session is a session', () => {
  const { keys } = setUp();
  const { session } = keys.redeem(keys.ticket);
  for (const wrong of [null, '', keys.ticket, session.slice(1), `${session}x`, session.toUpperCase()]) expect(keys.isSession(wrong)).toBe(false);
});

test('a window needs a cookie and a key; a browser with two tabs has one cookie and two keys', () => {
  const { keys } = setUp();
  const first = keys.redeem(keys.ticket);
  const second = keys.redeem(keys.ticket);
  expect(keys.isWindow(first.session, first.windowKey)).toBe(true);
  expect(keys.isWindow(second.session, first.windowKey)).toBe(true);
  for (const wrong of [null, '', first.session, second.session, first.windowKey.slice(1)]) expect(keys.isWindow(first.session, wrong)).toBe(false);
  expect(keys.isWindow(null, first.windowKey)).toBe(false);
  expect(keys.isSession(first.windowKey)).toBe(false);
});

test('the oldest session gives way when there are too many', () => {
  const { keys } = setUp();
  const sessions = Array.from({ length: LIMITS.serveWindowsMax + 1 }, () => keys.redeem(keys.ticket).session);
  expect(keys.isSession(sessions[0] ?? null)).toBe(false);
  expect(sessions.slice(1).every((session) => keys.isSession(session))).toBe(true);
});

test('the cookie is found among others and never by half a name', () => {
  expect(cookieValue(undefined, 'a')).toBeNull();
  expect(cookieValue('xa=1; a =2; aa=3', 'a')).toBe('2');
  expect(cookieValue('a', 'a')).toBeNull();
  expect(cookieValue('=1; ;;a=x=y', 'a')).toBe('x=y');
  expect(sessionCookie(80, 's')).toBe(`${cookieName(80)}=s; Path=/; HttpOnly; SameSite=Strict`);
  fc.assert(
    fc.property(fc.string(), fc.string(), (header, name) => {
      const value = cookieValue(header, name);
      expect(value === null || header.includes(value)).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});
