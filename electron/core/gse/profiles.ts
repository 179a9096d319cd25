/** The profiles of the data folder and the lab's: where to dispatch to, which secrets are there, how to open a client. */
import { join } from 'node:path';
import * as v from 'valibot';
import { gseProfile, type GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Secret } from '../../../shared/secret.ts';
import { PrivateJson } from '../../store/private-file.ts';
import type { SecretStore } from '../../store/secret-store.ts';
import { DispatchClient, type DispatchClientOptions } from '../../protocols/gse/dispatch-client.ts';
import type { GatewayOptions } from '../../protocols/gse/gateway-http.ts';

const PROFILES_FILE = 'profiles.json';
const PROFILES_BYTES_MAX = 10 * 1024 * 1024;
const fileShape = v.strictObject({
  version: v.literal(1),
  profiles: v.pipe(v.array(gseProfile), v.maxLength(LIMITS.gseProfilesMax)),
});

/** A profile that is there only while something runs, with its secrets. */
export interface BorrowedProfile {
  readonly profile: GseProfile;
  readonly secrets: ReadonlyMap<string, Secret>;
}

export class Profiles {
  readonly #file: PrivateJson<typeof fileShape>;
  readonly #secrets: SecretStore;
  #own: readonly GseProfile[] = [];
  #lab: BorrowedProfile | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(dataFolder: string, secrets: SecretStore) {
    this.#file = new PrivateJson(join(dataFolder, PROFILES_FILE), fileShape, PROFILES_BYTES_MAX);
    this.#secrets = secrets;
  }

  /** Fails with E_CONFIG for a damaged file, which is never rewritten. */
  async load(): Promise<void> {
    this.#own = (await this.#file.load())?.profiles ?? [];
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The lab's last: real ones are what an operator came for. */
  list(): { readonly profile: GseProfile; readonly simulated: boolean }[] {
    const own = this.#own.map((profile) => ({ profile, simulated: false }));
    return this.#lab === null ? own : [...own, { profile: this.#lab.profile, simulated: true }];
  }

  setLab(lab: BorrowedProfile | null): void {
    this.#lab = lab;
    this.changed();
  }

  isSimulated(profileId: string): boolean {
    return this.#lab?.profile.id === profileId;
  }

  /** Fails with E_NOT_FOUND. */
  get(profileId: string): GseProfile {
    const found = this.list().find(({ profile }) => profile.id === profileId);
    if (found === undefined) throw new OperatingError('E_NOT_FOUND', `there is no profile ${profileId}`);
    return found.profile;
  }

  /** Makes or replaces one. Fails with E_READ_ONLY for the lab's name, E_LIMIT, E_INPUT. */
  async write(profile: GseProfile): Promise<void> {
    this.#needOwn(profile.id);
    const ids = profile.slots.map(({ slotId }) => slotId);
    if (new Set(ids).size < ids.length) throw new OperatingError('E_INPUT', 'a slot is there twice');
    const others = this.#own.filter(({ id }) => id !== profile.id);
    if (others.length >= LIMITS.gseProfilesMax)
      throw new OperatingError('E_LIMIT', `at most ${LIMITS.gseProfilesMax} profiles`);
    await this.#save([...others, profile].toSorted((left, right) => (left.id < right.id ? -1 : 1)));
  }

  /** Its secrets go too. */
  async remove(profileId: string): Promise<void> {
    this.#needOwn(profileId);
    this.get(profileId);
    for (const name of this.secretNames(profileId)) await this.#secrets.forget(`${profileId}/${name}`);
    await this.#save(this.#own.filter(({ id }) => id !== profileId));
  }

  async setSecret(profileId: string, name: string, secret: Secret): Promise<void> {
    this.#needOwn(profileId);
    this.get(profileId);
    await this.#secrets.write(`${profileId}/${name}`, secret);
    this.changed();
  }

  async forgetSecret(profileId: string, name: string): Promise<void> {
    this.#needOwn(profileId);
    await this.#secrets.forget(`${profileId}/${name}`);
    this.changed();
  }

  secretNames(profileId: string): string[] {
    if (this.#lab?.profile.id === profileId) return [...this.#lab.secrets.keys()];
    const prefix = `${profileId}/`;
    const keys = this.#secrets.keys().filter((key) => key.startsWith(prefix));
    return keys.map((key) => key.slice(prefix.length)).toSorted();
  }

  secret(profileId: string, name: string): Secret | null {
    if (this.#lab?.profile.id === profileId) return this.#lab.secrets.get(name) ?? null;
    return this.#secrets.read(`${profileId}/${name}`);
  }

  /** Fails with E_NOT_FOUND. */
  gatewayOptions(profileId: string): GatewayOptions {
    const { baseUrl, tenantId, appCode, timeoutMs, caPem, sdkExact } = this.get(profileId);
    const appSecret = this.secret(profileId, 'app_secret')?.reveal() ?? '';
    const accessToken = this.secret(profileId, 'access_token')?.reveal() ?? '';
    return {
      baseUrl,
      tenantId,
      auth: { appCode, appSecret, accessToken },
      timeoutMs,
      sdkExact,
      ...(caPem === '' ? undefined : { caPem }),
    };
  }

  /** Fails with E_NOT_FOUND, and E_AUTH when the token of the slot is not there. */
  clientOptions(profileId: string, slotId: string): DispatchClientOptions {
    const options = this.gatewayOptions(profileId);
    const token = this.secret(profileId, `slot:${slotId}`);
    if (token === null) throw this.#noToken(profileId, slotId);
    return { ...options, slot: { slotId: BigInt(slotId), token: token.reveal() } };
  }

  openClient(profileId: string, slotId: string, experimental: boolean): DispatchClient {
    return new DispatchClient({ ...this.clientOptions(profileId, slotId), experimental });
  }

  #noToken(profileId: string, slotId: string): OperatingError {
    if (this.#secrets.state().locked)
      return new OperatingError('E_AUTH', 'the secrets are locked', { fix: 'Give the passphrase first.' });
    return new OperatingError('E_AUTH', `slot ${slotId} has no token in profile ${profileId}`, {
      fix: 'Add the secret.',
    });
  }

  #needOwn(profileId: string): void {
    if (profileId === LAB_PROFILE_ID)
      throw new OperatingError('E_READ_ONLY', 'this profile belongs to the lab', {
        fix: 'Choose another id.',
      });
  }

  async #save(profiles: readonly GseProfile[]): Promise<void> {
    await this.#file.save({ version: 1, profiles: [...profiles] });
    this.#own = profiles;
    this.changed();
  }
}

export const LAB_PROFILE_ID = 'lab';
