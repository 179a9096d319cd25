/** The Dispatch view's actions for keyboard and palette. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { type Command, registerCommands } from '../../state/commands.ts';
import {
  actOnJob,
  openAgent,
  openReply,
  pickRow,
  pointRow,
  rowAt,
  useJob,
  wishRetry,
} from '../../state/dispatch-job.ts';
import { checkAgents } from '../../state/dispatch-agents.ts';
import { exportTemplates } from '../../state/dispatch-files.ts';
import { canSend } from '../../state/dispatch-session.ts';
import {
  openDispatchDialog,
  openProfiles,
  sentSet,
  showJob,
  useDispatch,
} from '../../state/dispatch-slice.ts';
import { canRetry, retryWish } from './retry-wish.ts';
import { sayFailure, trySend } from './try-send.ts';

export function registerDispatchCommands(api: SignalboxApi, text: TextFunction): () => void {
  return registerCommands([...formCommands(api, text), ...jobCommands(api, text), ...rowCommands(api)]);
}

function formCommands(api: SignalboxApi, text: TextFunction): Command[] {
  const group = 'dispatch';
  return [
    {
      id: 'dispatch.send',
      titleKey: 'dispatch:command.send',
      group,
      keys: ['Ctrl+Enter'],
      isEnabled: () => useDispatch.getState().jobId === null && canSend(useDispatch.getState()),
      run: () => trySend(api, text),
    },
    {
      id: 'dispatch.compose',
      titleKey: 'dispatch:command.compose',
      group,
      keys: ['n'],
      run: () => showJob(null),
    },
    {
      id: 'dispatch.profiles',
      titleKey: 'dispatch:command.profiles',
      group,
      keys: [],
      run: () => openProfiles(true),
    },
    {
      id: 'dispatch.audit',
      titleKey: 'dispatch:command.audit',
      group,
      keys: [],
      run: () => openDispatchDialog('audit'),
    },
    {
      id: 'dispatch.senders',
      titleKey: 'dispatch:command.senders',
      group,
      keys: [],
      isEnabled: () => useDispatch.getState().jobId === null,
      run: () => openDispatchDialog('senders'),
    },
    {
      id: 'dispatch.check-agents',
      titleKey: 'dispatch:command.checkAgents',
      group,
      keys: [],
      isEnabled: () => useDispatch.getState().jobId === null && sentSet(useDispatch.getState()) !== null,
      run: () => void checkAgents(api).then((failure) => sayFailure(failure, text)),
    },
    {
      id: 'dispatch.templates.import',
      titleKey: 'dispatch:command.importTemplates',
      group,
      keys: [],
      run: () => openDispatchDialog('import'),
    },
    {
      id: 'dispatch.templates.export',
      titleKey: 'dispatch:command.exportTemplates',
      group,
      keys: [],
      isEnabled: () => useDispatch.getState().templates.length > 0,
      run: () => void exportTemplates(api, null).then((failure) => sayFailure(failure, text)),
    },
  ];
}

function jobCommands(api: SignalboxApi, text: TextFunction): Command[] {
  const shown = (): ReturnType<typeof useJob.getState>['job'] =>
    useDispatch.getState().jobId === null ? null : useJob.getState().job;
  const nextAction = (): 'pause' | 'resume' | null => {
    const actions = shown()?.actions ?? [];
    if (actions.includes('pause')) return 'pause';
    return actions.includes('resume') ? 'resume' : null;
  };
  const retry = (id: string, outcome: 'failed' | 'silent', titleKey: Command['titleKey']): Command => ({
    id,
    titleKey,
    group: 'dispatch',
    keys: [],
    isEnabled: () => {
      const job = shown();
      return job !== null && canRetry(job, outcome);
    },
    run: () => {
      const job = shown();
      if (job !== null) wishRetry(retryWish(job, outcome));
    },
  });
  return [
    {
      id: 'dispatch.job.pause',
      titleKey: 'dispatch:command.jobPause',
      group: 'dispatch',
      keys: ['p'],
      isEnabled: () => nextAction() !== null,
      run: () => {
        const [job, action] = [shown(), nextAction()];
        if (job === null || action === null) return;
        void actOnJob(api, job.jobId, action).then((failure) => sayFailure(failure, text));
      },
    },
    retry('dispatch.job.retry-failed', 'failed', 'dispatch:command.retryFailed'),
    retry('dispatch.job.retry-silent', 'silent', 'dispatch:command.retrySilent'),
  ];
}

function rowCommands(api: SignalboxApi): Command[] {
  const isEnabled = (): boolean => useDispatch.getState().jobId !== null;
  const move = (step: number): void => {
    const { rowNumber, rowIndex } = useJob.getState();
    pointRow(rowNumber === null ? 0 : Math.max(0, rowIndex + step));
  };
  const pointed = (): ReturnType<typeof rowAt> => {
    const { rowNumber, rowIndex } = useJob.getState();
    const row = rowAt(rowIndex);
    return row?.row === rowNumber ? row : undefined;
  };
  const row = { group: 'row', isEnabled } as const;
  return [
    {
      ...row,
      id: 'dispatch.row.next',
      titleKey: 'dispatch:command.nextRow',
      keys: ['j', 'ArrowDown'],
      run: () => move(1),
    },
    {
      ...row,
      id: 'dispatch.row.previous',
      titleKey: 'dispatch:command.previousRow',
      keys: ['k', 'ArrowUp'],
      run: () => move(-1),
    },
    {
      ...row,
      id: 'dispatch.row.pick',
      titleKey: 'dispatch:command.pick',
      keys: ['Space'],
      run: () => {
        const at = pointed();
        if (at !== undefined) pickRow(at.row);
      },
    },
    {
      ...row,
      id: 'dispatch.row.reply',
      titleKey: 'dispatch:command.openReply',
      keys: ['Enter', 'i'],
      run: () => {
        const seq = pointed()?.replySeq ?? null;
        if (seq !== null) void openReply(api, seq);
      },
    },
    {
      ...row,
      id: 'dispatch.row.agent',
      titleKey: 'dispatch:command.agent',
      keys: ['a'],
      run: () => {
        const at = pointed();
        if (at !== undefined) void openAgent(api, at.agentId);
      },
    },
  ];
}
