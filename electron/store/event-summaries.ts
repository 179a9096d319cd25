/** Histogram and facets: counts over bounded scans that say whether they saw everything. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { FACET_FIELDS } from '../../shared/contract/feed.ts';
import type { FeedFacets, FeedHistogram, TimeRange } from '../../shared/contract/feed.ts';
import { SEVERITIES } from '../../shared/model/event.ts';
import { BlockPlanner } from './block-plan.ts';
import type { BlockSummary, ScanRun } from './block-plan.ts';
import type { ReaderTask } from './event-reader.ts';
import { RANGE_SQL, rangeValues, scanCondition } from './event-scan.ts';
import type { ScanCondition } from './event-scan.ts';
import type { EventQuery } from './event-store.ts';
import { BLOCK_ROWS } from './schema.ts';

/**
 * A histogram of a filter looks at so many steps of the newest rows, facets at fewer: they sort what they
 * read.
 */
const STEPS_PER_HISTOGRAM = 8;
const STEPS_PER_FACETS = 4;
const WARN = SEVERITIES.indexOf('warn');

type Bucket = { rest: number; warnings: number; errors: number };

interface Chart {
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: Bucket[];
  readonly range: { fromMs: number; toMs: number };
}

export class EventSummaries {
  readonly #database: DatabaseSync;
  readonly #planner: BlockPlanner;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#planner = new BlockPlanner(database);
  }

  /**
   * Blocks that lie in one bucket are counted by their sums; the others row by row, newest first, up to a
   * bound.
   */
  *histogram(
    query: EventQuery,
    fromMs: number,
    toMs: number,
    bucketCount: number,
  ): ReaderTask<FeedHistogram> {
    const buckets = Array.from({ length: bucketCount }, () => ({ rest: 0, warnings: 0, errors: 0 }));
    const range = overlap(query.range, fromMs, toMs);
    const chart: Chart = { fromMs, toMs, buckets, range };
    const condition = scanCondition({ filter: query.filter, range });
    const unfiltered = query.filter === null;
    let rowsLeft = condition.rowsPerStep * STEPS_PER_HISTOGRAM;
    let seq = Number.MAX_SAFE_INTEGER;
    let complete = false;
    while (rowsLeft > 0) {
      const { blocks, lastBlock } = this.#planner.blocks('before', seq, condition, condition.rowsPerStep);
      const run = this.#countStatement(condition);
      for (const block of blocks) {
        if (unfiltered && addWhole(chart, block)) continue;
        this.#countBlock(run, condition, chart, block);
        rowsLeft -= block.rows;
      }
      seq = (lastBlock ?? 0) * BLOCK_ROWS - 1;
      complete = seq < 0;
      if (complete) break;
      yield;
    }
    return { fromMs, toMs, buckets, complete };
  }

  *facets(query: EventQuery, valuesMax: number): ReaderTask<FeedFacets> {
    const condition = scanCondition(query);
    const counts = FACET_FIELDS.map(() => new Map<string, number>());
    let rowsLeft = condition.rowsPerStep * STEPS_PER_FACETS;
    // A quarter of a step at a time: grouping costs more than looking.
    const rowsPerStep = Math.ceil(condition.rowsPerStep / 4);
    let seq = Number.MAX_SAFE_INTEGER;
    let scannedRows = 0;
    let complete = false;
    while (rowsLeft > 0) {
      const plan = this.#planner.runs('before', seq, condition, rowsPerStep);
      for (const run of plan.runs) {
        this.#countFacets(condition, run, counts);
        scannedRows += run.passedRows + run.rows;
        rowsLeft -= run.rows;
      }
      scannedRows += plan.passedRows;
      seq = (plan.lastSeq ?? 0) - 1;
      complete = seq < 0;
      if (complete) break;
      yield;
    }
    const facets = FACET_FIELDS.map((field, index) =>
      topValues(field, counts[index] ?? new Map<string, number>(), valuesMax),
    );
    return { facets, scannedRows, complete };
  }

  #countStatement(condition: ScanCondition): StatementSync {
    const sql = `SELECT CAST((e.received_ms - ?) * ? / ? AS INTEGER), count(*), total(e.severity = ${WARN}),
        total(e.severity > ${WARN})
      FROM ${fromSql(condition)}
      WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.where}) GROUP BY 1`;
    return this.#database.prepare(sql, { returnArrays: true });
  }

  #countBlock(statement: StatementSync, condition: ScanCondition, chart: Chart, block: BlockSummary): void {
    const first = block.block * BLOCK_ROWS;
    const found: unknown[] = statement.all(
      chart.fromMs,
      chart.buckets.length,
      chart.toMs - chart.fromMs,
      first,
      first + BLOCK_ROWS - 1,
      ...rangeValues(condition.range),
      ...condition.parameters,
    );
    for (const values of found) {
      const [index = -1, rows = 0, warnings = 0, errors = 0] = Array.isArray(values)
        ? values.map(Number)
        : [];
      const bucket = chart.buckets[index];
      if (bucket !== undefined) addTo(bucket, rows, warnings, errors);
    }
  }

  #countFacets(condition: ScanCondition, run: ScanRun, counts: readonly Map<string, number>[]): void {
    const columns = 'e.source, e.severity, e.kind, e.type, e.host, e.link';
    const sql = `SELECT count(*), ${columns} FROM ${fromSql(condition)}
      WHERE e.seq BETWEEN ? AND ? AND ${RANGE_SQL} AND (${condition.where}) GROUP BY ${columns}`;
    const values = [run.firstSeq, run.lastSeq, ...rangeValues(condition.range), ...condition.parameters];
    const found: unknown[] = this.#database.prepare(sql, { returnArrays: true }).all(...values);
    for (const row of found) {
      if (!Array.isArray(row)) continue;
      const [count, ...facets]: unknown[] = row;
      facets.forEach((facet, index) => {
        const value = typeof facet === 'number' ? (SEVERITIES[facet] ?? '') : String(facet);
        const map = counts[index];
        map?.set(value, (map.get(value) ?? 0) + Number(count));
      });
    }
  }
}

function fromSql(condition: ScanCondition): string {
  return condition.needsBody ? 'events AS e CROSS JOIN bodies AS b ON b.seq = e.seq' : 'events AS e';
}

function overlap(range: TimeRange, fromMs: number, toMs: number): { fromMs: number; toMs: number } {
  return { fromMs: Math.max(range.fromMs ?? fromMs, fromMs), toMs: Math.min(range.toMs ?? toMs, toMs) };
}

/** False when the block's rows may lie in several buckets or outside the range. */
function addWhole(chart: Chart, block: BlockSummary): boolean {
  if (block.minMs < chart.range.fromMs || block.maxMs >= chart.range.toMs) return false;
  // Exactly the arithmetic of the SQL, so that both put a row into the same bucket.
  const indexOf = (ms: number): number =>
    Math.trunc(((ms - chart.fromMs) * chart.buckets.length) / (chart.toMs - chart.fromMs));
  const index = indexOf(block.minMs);
  const bucket = chart.buckets[index];
  if (bucket === undefined || index !== indexOf(block.maxMs)) return false;
  addTo(bucket, block.rows, block.warnings, block.errors);
  return true;
}

function addTo(bucket: Bucket, rows: number, warnings: number, errors: number): void {
  bucket.rest += rows - warnings - errors;
  bucket.warnings += warnings;
  bucket.errors += errors;
}

function topValues(
  field: (typeof FACET_FIELDS)[number],
  counts: ReadonlyMap<string, number>,
  valuesMax: number,
): FeedFacets['facets'][number] {
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const values = sorted.slice(0, valuesMax).map(([value, count]) => ({ value, count }));
  const otherCount = sorted.slice(valuesMax).reduce((total, [, count]) => total + count, 0);
  return { field, values, otherCount };
}
