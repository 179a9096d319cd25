import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlreadyLaunchedError, NotLaunchedError } from './errors.ts';
import { AgentSession, SESSION_RULES_DEFAULT, type SessionEffect } from './session.ts';

const names = (effects: readonly SessionEffect[]): string[] => effects.map((effect) => effect.do);
const product = (): AgentSession => new AgentSession(SESSION_RULES_DEFAULT);
const exact = (): AgentSession => new AgentSession({ ...SESSION_RULES_DEFAULT, sdkExact: true });

function connected(session: AgentSession): AgentSession {
  session.launch();
  session.dialed(0);
  return session;
}

describe('an agent session', () => {
  it('goes the way of the specification', () => {
    const session = product();
    expect(names(session.launch())).toEqual(['dial']);
    expect(() => session.launch()).toThrow(AlreadyLaunchedError);
    expect(names(session.dialFailed(0))).toEqual(['wait']);
    expect(names(session.waited())).toEqual(['dial']);
    expect(names(session.dialed(0))).toEqual(['launched', 'keepalive', 'arm_keepalive']);
    expect(names(session.lost(60_000, 0))).toEqual(['dial']);
    expect(names(session.dialed(60_000))).toEqual(['keepalive', 'arm_keepalive']);
    expect(names(session.terminate())).toEqual(['stop_timers', 'drop']);
    expect(() => session.terminate()).toThrow(NotLaunchedError);
    expect(names(session.launch())).toEqual(['dial']);
  });

  it('waits longer after each failed dial, at most 30 s, and from the start again after 10 s of health', () => {
    const session = product();
    session.launch();
    const waits = Array.from({ length: 14 }, () => waitOf(session.dialFailed(0.999_999)));
    expect(waits.slice(0, 4)).toEqual([999, 1_499, 2_249, 3_374]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    session.dialed(0);
    expect(waitOf(session.lost(9_999, 0))).toBeGreaterThan(20_000);
    session.dialed(0);
    expect(names(session.lost(10_000, 0))).toEqual(['dial']);
    expect(waitOf(session.dialFailed(0))).toBe(1_200);
  });

  it('never dials more than five times in the first second, whatever the agent does', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }))),
      (agent) => {
        const session = product();
        let nowMs = 0;
        let dials = 0;
        let effects = session.launch();
        for (const [accepts, chance] of agent) {
          for (const effect of effects) if (effect.do === 'wait') nowMs += effect.ms;
          if (names(effects).includes('wait')) effects = session.waited();
          if (nowMs > 1_000) break;
          dials += 1;
          effects = accepts
            ? [...session.dialed(nowMs), ...session.lost(nowMs, chance)]
            : session.dialFailed(chance);
        }
        expect(dials).toBeLessThanOrEqual(5);
      },
    );
    fc.assert(property, { numRuns: 5_000 });
  });

  it('sends a keepalive after every connect; the original keeps its old timer', () => {
    const original = connected(exact());
    expect(names(original.lost(5, 0))).toEqual(['dial']);
    expect(original.dialed(6)).toEqual([]);
    expect(original.keepaliveDue(3_000)).toEqual([{ do: 'keepalive' }, { do: 'arm_keepalive', ms: 3_000 }]);
  });

  it('keeps the fixed wait of the original in SDK-exact mode', () => {
    const session = exact();
    session.launch();
    expect([0.1, 0.5, 0.9].map((chance) => waitOf(session.dialFailed(chance)))).toEqual([
      1_000, 1_000, 1_000,
    ]);
  });

  it('tells of silence once, and of its end', () => {
    const session = connected(product());
    expect(names(session.keepaliveDue(8_999))).toEqual(['keepalive', 'arm_keepalive']);
    expect(names(session.keepaliveDue(9_000))).toEqual(['stale', 'keepalive', 'arm_keepalive']);
    expect(session.isStale).toBe(true);
    expect(names(session.keepaliveDue(12_000))).toEqual(['keepalive', 'arm_keepalive']);
    expect(names(session.frameArrived(12_001))).toEqual(['fresh']);
    expect(names(session.frameArrived(12_002))).toEqual([]);
  });

  it('drops a silent connection when told to, and never does as the original', () => {
    const session = connected(new AgentSession({ ...SESSION_RULES_DEFAULT, redialWhenStale: true }));
    expect(names(session.keepaliveDue(9_000))).toEqual(['drop', 'arm_keepalive']);
    expect(names(connected(exact()).keepaliveDue(1e9))).toEqual(['keepalive', 'arm_keepalive']);
  });

  it('cancels a launch once and only while it is one', () => {
    const session = product();
    session.launch();
    expect(names(session.cancelLaunch())).toEqual(['stop_timers', 'drop', 'launch_ended']);
    expect(session.cancelLaunch()).toEqual([]);
    expect(connected(session).cancelLaunch()).toEqual([]);
    expect(session.state).toBe('connected');
  });

  it('ends a launch that is terminated', () => {
    const session = product();
    session.launch();
    expect(names(session.terminate())).toEqual(['stop_timers', 'drop', 'launch_ended']);
  });

  it('refuses moves that are none', () => {
    expect(() => product().dialed(0)).toThrow('idle → connected');
    expect(() => product().lost(0, 0)).toThrow('idle → reconnecting');
    expect(() => product().dialFailed(0)).toThrow('a dial was under way');
  });
});

function waitOf(effects: readonly SessionEffect[]): number {
  const found = effects.find((effect) => effect.do === 'wait');
  return found?.do === 'wait' ? found.ms : -1;
}
