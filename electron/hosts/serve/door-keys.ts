/**
 * Who may come in: a one-use ticket in the printed link is exchanged for a session cookie and a window key (docs/THREATS.md B4).
 * Tickets and sessions live in memory only; a restart forgets both.
 */
import type { Clock } from '../../../shared/clock.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { TokenGate, createToken, isSameToken } from '../../net/token.ts';

export interface TicketVerdict {
  /** `used` it was right once; `wrong` it never was. */
  readonly outcome: 'session' | 'used' | 'wrong';
  /** The new session's cookie value; '' otherwise. */
  readonly session: string;
  /** For the page alone: it is in no cookie. '' otherwise. */
  readonly windowKey: string;
  /** Answer only after this long. */
  readonly waitMs: number;
}

const USED_TICKETS_KEPT = 16;

export class DoorKeys {
  private readonly clock: Clock;
  private readonly usedTickets: string[] = [];
  private readonly sessions: { readonly session: string; readonly windowKey: string }[] = [];
  private ticketNow: string;
  private gate: TokenGate;

  constructor(clock: Clock) {
    this.clock = clock;
    this.ticketNow = createToken();
    this.gate = new TokenGate(this.ticketNow, clock);
  }

  /** The ticket that is good now; a new one takes its place once it is used. */
  get ticket(): string {
    return this.ticketNow;
  }

  redeem(presented: string | null): TicketVerdict {
    if (presented !== null && this.usedTickets.some((ticket) => isSameToken(presented, ticket))) {
      return { outcome: 'used', session: '', windowKey: '', waitMs: 0 };
    }
    const verdict = this.gate.check(presented);
    if (!verdict.accepted) return { outcome: 'wrong', session: '', windowKey: '', waitMs: verdict.waitMs };
    this.usedTickets.push(this.ticketNow);
    if (this.usedTickets.length > USED_TICKETS_KEPT) this.usedTickets.shift();
    this.ticketNow = createToken();
    this.gate = new TokenGate(this.ticketNow, this.clock);
    const opened = { session: createToken(), windowKey: createToken() };
    this.sessions.push(opened);
    if (this.sessions.length > LIMITS.serveWindowsMax) this.sessions.shift();
    return { outcome: 'session', ...opened, waitMs: 0 };
  }

  /** Enough for the files of the page, which are no secret. */
  isSession(presented: string | null): boolean {
    return presented !== null && this.sessions.some(({ session }) => isSameToken(presented, session));
  }

  /**
   * Needed for what the console does and knows: the browser's cookie and the tab's key. A browser has one cookie, that of its newest
   * link, and a key a tab, so the two need not be of one session.
   */
  isWindow(cookie: string | null, key: string | null): boolean {
    return this.isSession(cookie) && key !== null && this.sessions.some(({ windowKey }) => isSameToken(key, windowKey));
  }
}

/** Cookies know no ports, so the port stands in the name: two consoles on one machine do not sign each other out. */
export function cookieName(port: number): string {
  return `signalbox_${port}`;
}

export function sessionCookie(port: number, session: string): string {
  return `${cookieName(port)}=${session}; Path=/; HttpOnly; SameSite=Strict`;
}

/** The value of the first cookie of this name; null when there is none. */
export function cookieValue(header: string | undefined, name: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return null;
}
