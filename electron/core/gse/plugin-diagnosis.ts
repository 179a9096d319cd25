/** Why an agent's socket cannot be reached, as the step that is broken: path, permission, connect. What, why and what now. */
import { constants, type Stats } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PluginStep } from '../../../shared/contract/plugin.ts';
import { codeOf } from '../../store/private-file.ts';
import type { AgentAddress } from '../../protocols/gse/agent-connection.ts';

export interface Diagnosis {
  readonly step: PluginStep;
  readonly reason: string;
  readonly fix: string;
}

const PORT = /^\d{1,5}$/;

/** The digits of a port, else a path. */
export function addressOf(place: string): AgentAddress {
  return PORT.test(place) && Number(place) <= 65_535 ? { port: Number(place) } : { path: place };
}

/** After a dial that failed: `reason` and `code` are the system's. */
export async function diagnose(address: AgentAddress, reason: string, code: string): Promise<Diagnosis> {
  if ('port' in address) return ofPort(address.port, reason, code);
  const { path } = address;
  // Nothing was dialled: the path itself is impossible.
  if (code === '') return { step: 'path', reason, fix: 'Give another path.' };
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    return ofMissing(path, codeOf(error), reason);
  }
  if (!found.isSocket())
    return {
      step: 'path',
      reason: `${path} is ${found.isDirectory() ? 'a folder' : 'a file'}, not a socket`,
      fix: "Give the path of the agent's socket.",
    };
  if (code === 'EACCES' || code === 'EPERM' || !(await mayWrite(path)))
    return { step: 'permission', ...(await denied(path, found)) };
  return ofSocket(path, reason, code);
}

function ofPort(port: number, reason: string, code: string): Diagnosis {
  if (code !== 'ECONNREFUSED') return { step: 'connect', reason, fix: '' };
  return {
    step: 'connect',
    reason: `nobody listens on 127.0.0.1:${port}`,
    fix: 'Start the agent, or give the port it listens on.',
  };
}

async function ofMissing(path: string, code: string, reason: string): Promise<Diagnosis> {
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { step: 'path', reason: `there is no ${path}`, fix: 'Start the agent, or correct the path.' };
  if (code !== 'EACCES') return { step: 'path', reason, fix: 'Correct the path.' };
  const folder = await closedFolder(dirname(path));
  const fix = 'Join its group, or run the console as a user who may.';
  if (folder === null) return { step: 'permission', reason: `permission denied on ${path}`, fix };
  return { step: 'permission', ...(await denied(folder, await stat(folder))) };
}

function ofSocket(path: string, reason: string, code: string): Diagnosis {
  if (code === 'ECONNREFUSED')
    return {
      step: 'connect',
      reason: `nobody listens on ${path}: the socket is left over`,
      fix: 'Start the agent.',
    };
  if (code === 'EPROTOTYPE')
    return {
      step: 'connect',
      reason: `${path} is a socket of another type than stream`,
      fix: "Give the agent's message or report socket.",
    };
  if (code === 'EAGAIN')
    return { step: 'connect', reason: `the agent takes no connection at ${path}`, fix: 'Is it stuck?' };
  return { step: 'connect', reason, fix: '' };
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    // EACCES and its kin; a path that went away meanwhile is told by the next dial.
    return false;
  }
}

/** The outermost folder that does not let us in. */
async function closedFolder(folder: string): Promise<string | null> {
  const above = dirname(folder);
  const outer = above === folder ? null : await closedFolder(above);
  if (outer !== null) return outer;
  try {
    await access(folder, constants.X_OK);
    return null;
  } catch {
    return folder;
  }
}

async function denied(path: string, found: Stats): Promise<{ reason: string; fix: string }> {
  const [owner, group] = await Promise.all([
    nameOf('/etc/passwd', found.uid),
    nameOf('/etc/group', found.gid),
  ]);
  const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
  const isMember = process.getgroups?.().includes(found.gid) === true;
  const kind = found.isDirectory() ? 'folder' : 'socket';
  return {
    reason: `permission denied on ${path}: the ${kind} is ${owner}:${group} ${mode}, this is user ${process.getuid?.() ?? '?'}`,
    fix: isMember
      ? `Ask for write access of the group ${group}.`
      : `Join the group ${group}, or run the console as ${owner}.`,
  };
}

/** The number when the table has no name for it, or there is no such table. */
async function nameOf(table: string, number: number): Promise<string> {
  try {
    const lines = (await readFile(table, 'utf8')).split('\n').map((line) => line.split(':'));
    return lines.find((fields) => fields[2] === String(number))?.[0] ?? String(number);
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return String(number);
  }
}
