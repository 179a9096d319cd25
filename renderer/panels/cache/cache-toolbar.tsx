import { FileDown, History, PanelRight, X } from 'lucide-react';
import { useMemo } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { SNAPSHOT_BODY_PATHS } from '../../../shared/filter/snapshot-filter.ts';
import { Button } from '../../components/button.tsx';
import { FilterField, FilterProblem } from '../../components/filter-field.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu } from '../../components/menu.tsx';
import { useText } from '../../i18n/i18n.ts';
import {
  applyCacheFilter,
  setCacheFilter,
  typeCacheFilter,
  useCacheFilter,
} from '../../state/cache-filter.ts';
import {
  CACHE_MODES,
  cacheBook,
  setInspector,
  setMode,
  useCache,
  useCacheView,
} from '../../state/cache-slice.ts';
import { FILTER_ID } from './cache-commands.ts';
import styles from './cache-panel.module.css';
import { openExport } from './export-rows.tsx';

const NAMES_KNOWN_MAX = 200;

/** How the rows are shown, and which. */
export function CacheToolbar(): ReactElement {
  const text = useText();
  const isInspectorOpen = useCacheView((slice) => slice.isInspectorOpen);
  return (
    <div className={styles.toolbar}>
      <ModeChoice />
      <RowFilter />
      <IconButton icon={FileDown} label={text('cache:export.title')} onClick={() => openExport(true)} />
      <IconButton
        icon={PanelRight}
        label={text('cache:inspector.toggle')}
        keys="i"
        aria-pressed={isInspectorOpen}
        onClick={() => setInspector(!isInspectorOpen)}
      />
    </div>
  );
}

function ModeChoice(): ReactElement {
  const text = useText();
  const mode = useCacheView((slice) => slice.mode);
  return (
    <div role="group" className={styles.modes} aria-label={text('cache:mode.label')}>
      {CACHE_MODES.map((id) => (
        <button
          key={id}
          type="button"
          className={styles.mode}
          aria-pressed={id === mode}
          onClick={() => setMode(id)}
        >
          {text(`cache:mode.${id}`)}
        </button>
      ))}
    </div>
  );
}

function RowFilter(): ReactElement {
  const text = useText();
  const { draft, active, errors, history } = useCacheFilter();
  const version = useCache((slice) => slice.version);
  const known = useMemo(() => {
    const names = new Set<string>();
    // `version` stands for the rows.
    for (const row of version < 0 ? [] : cacheBook().rows.values()) {
      if (names.size >= NAMES_KNOWN_MAX) break;
      if (row.name !== '') names.add(row.name);
    }
    return { fields: { type: [...names] }, bodyPaths: SNAPSHOT_BODY_PATHS };
  }, [version]);
  const stopRowKeys = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') event.stopPropagation();
  };
  return (
    <div
      className={styles.filter}
      role="search"
      aria-label={text('cache:filter.label')}
      onKeyDown={stopRowKeys}
    >
      <FilterField
        id={FILTER_ID}
        label={text('cache:filter.label')}
        placeholder={text('cache:filter.placeholder')}
        draft={draft}
        errors={errors}
        known={known}
        fields={{
          type: text('cache:filter.fields.type'),
          id: text('cache:filter.fields.id'),
          body: text('cache:filter.fields.body'),
        }}
        onType={typeCacheFilter}
        onApply={applyCacheFilter}
        onLeave={() => document.getElementById('cache-grid')?.focus()}
      />
      {draft === '' ? null : (
        <IconButton icon={X} label={text('feed:filter.clear')} onClick={() => setCacheFilter('')} />
      )}
      {history.length === 0 ? null : (
        <Menu
          trigger={
            <Button look="quiet" aria-label={text('feed:filter.history')} title={text('feed:filter.history')}>
              <History aria-hidden size="1em" />
            </Button>
          }
          items={history.map((filter) => ({
            id: filter,
            label: filter,
            onChoose: () => setCacheFilter(filter),
          }))}
        />
      )}
      <FilterProblem id={FILTER_ID} error={errors[0]} active={active} whenNone={text('cache:filter.stays')} />
    </div>
  );
}
