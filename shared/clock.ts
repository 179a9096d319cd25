/** Time comes in as an argument so that every state machine can be tested without waiting. */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump; never use it for durations. */
  wallMs(): number;
  /** Never goes backwards, milliseconds from an arbitrary start. For durations and deadlines. */
  monotonicMs(): number;
}
