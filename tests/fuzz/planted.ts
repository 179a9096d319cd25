/** A fault behind four steps, each of which only coverage can tell from nothing: blind changes would need 2^32 tries. */
export function planted(input: Uint8Array): void {
  if (input[0] !== 0x53) return;
  if (input[1] !== 0x49) return;
  if (input[2] !== 0x47) return;
  if (input[3] === 0x21) throw new Error('the planted fault');
}
