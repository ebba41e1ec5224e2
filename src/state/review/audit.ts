import {
  type AuditEntry,
  type AuditKind,
  auditCsv,
  auditLines,
  notePart,
  verdictColumns,
  verdictTitle,
} from '../../core/review/auditLog'
import { predictingModels } from '../models/selectors'
import { roundInUse } from '../rounds/selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { HistoryEntry } from './slice'

/**
 * Logs what happens to the project whoever does it: verdicts given, withdrawn, undone and redone, rounds, predictions and
 * imports are seen in the state. What the state does not show (exports, restored rounds) its actions log themselves.
 */
export function watchAudit(studio: Studio): void {
  let roundsAtStart = 0
  studio.store.subscribe((state, before) => {
    const own = [state, before].every(({ session }) => session.access === 'owner' && !session.reopening)
    const open = state.session.phase === 'ready' && before.session.phase === 'ready'
    if (!own || !open || state.session.project?.id !== before.session.project?.id) return
    if (state.shell.jobs.round && !before.shell.jobs.round) roundsAtStart = state.rounds.list.length
    recordAudit(studio, ...historyNews(state, before), ...jobNews(state, before, roundsAtStart))
  })
}

function historyNews(state: StudioState, before: StudioState): AuditNews[] {
  if (state.review.history === before.review.history) return []
  const last = before.review.history.at(-1)?.sequence ?? 0
  const known = new Map(before.review.history.map(step => [step.sequence, step]))
  return state.review.history.flatMap(step => {
    const old = known.get(step.sequence)
    if (step.sequence > last) return newStep(step)
    if (!old || old.undone === step.undone) return []
    return [turned(step)]
  })
}

function newStep(step: HistoryEntry): AuditNews[] {
  const { verdictBefore: old, verdictAfter: given, patchId } = step
  const many = step.group === undefined ? '' : ', one of many at once'
  if (given) {
    const news = {
      ...verdictColumns(given),
      supersedes: old?.id ?? null,
      detail: `${verdictTitle(given.kind)}${old ? `, was ${old.kind}` : ''}${many}${notePart(given.note)}`,
    }
    return [
      { ...news, kind: step.remask ? 're-accept' : step.group === undefined ? 'verdict' : 'bulk-accept' },
    ]
  }
  if (!old) return []
  return [
    step.kind === 'verdict'
      ? { kind: 'verdict-cleared', ...verdictColumns(old), detail: `${verdictTitle(old.kind)} cleared` }
      : {
          kind: 'verdict-withdrawn',
          ...verdictColumns(old),
          detail: `${verdictTitle(old.kind)} withdrawn by an edit`,
          patchId,
        },
  ]
}

function turned(step: HistoryEntry): AuditNews {
  const verdict = step.verdictAfter ?? step.verdictBefore
  const what = step.kind === 'verdict' ? 'a verdict' : 'an edit'
  return {
    kind: step.undone ? 'undo' : 'redo',
    ...(verdict && verdictColumns(verdict)),
    patchId: step.patchId,
    detail: `${step.undone ? 'Took back' : 'Redid'} ${what} (step ${step.sequence})`,
  }
}

function jobNews(state: StudioState, before: StudioState, roundsAtStart: number): AuditNews[] {
  const news: AuditNews[] = []
  if (state.shell.jobs.round && !before.shell.jobs.round)
    news.push({ kind: 'round-started', detail: startText(state) })
  const known = new Set(before.rounds.list.map(round => round.id))
  for (const round of state.rounds.list) {
    if (known.has(round.id)) continue
    const modelIds = round.networks.map(network => network.modelId)
    const f1 = round.ensembleHeldOut?.f1
    const score = f1 === null || f1 === undefined ? '' : `, held-out F1 ${f1.toFixed(3)}`
    const detail = `Round ${round.index} finished, ${round.verdictIds.length} verdicts${score}`
    news.push({ kind: 'round-finished', roundId: round.id, modelIds, detail })
  }
  if (before.shell.jobs.round && !state.shell.jobs.round && state.rounds.list.length === roundsAtStart) {
    news.push({ kind: 'round-ended', detail: 'Round ended before it was done: paused, cancelled or failed' })
  }
  if (before.shell.jobs.predict && !state.shell.jobs.predict) {
    const models = new Set(state.patches.list.flatMap(patch => patch.predictedBy ?? []))
    news.push({
      kind: 'prediction',
      detail: `Prediction ended; maps by ${[...models].join(', ') || 'no model'}`,
    })
  }
  const outcome = state.patches.importOutcome
  if (outcome && outcome !== before.patches.importOutcome) {
    const models = outcome.models?.length ? `, models ${outcome.models.join(', ')}` : ''
    news.push({
      kind: 'import',
      detail: `${outcome.added} patches added, ${outcome.refused.length} files refused${models}`,
    })
  }
  return news
}

function startText({ rounds: { settings, live } }: StudioState): string {
  const { families, steps, seed } = settings
  return Object.keys(live ?? {}).length > 0
    ? 'Round resumed'
    : `Round started: ${families.join(', ')}, ${steps} steps, seed ${seed}`
}

type AuditNews = Partial<AuditEntry> & { kind: AuditKind; detail: string }

/** An entry with what is in force now for everything left out. */
export function auditEntry(state: StudioState, at: string, news: AuditNews): AuditEntry {
  return {
    at,
    patchId: null,
    verdict: null,
    verdictId: null,
    supersedes: null,
    threshold: state.review.threshold,
    roundId: roundInUse(state)?.id ?? null,
    modelIds: predictingModels(state).map(model => model.id),
    maskHash: null,
    ...news,
  }
}

/** Writes to the log, behind all that was asked to be written before. */
export function recordAudit(studio: Studio, ...news: AuditNews[]): void {
  if (news.length === 0) return
  const state = studio.store.getState()
  const at = studio.now().toISOString()
  const entries = news.map(one => auditEntry(state, at, one))
  void studio.writes.push(() => studio.storage.appendAudit(entries))
}

/** Hands the whole log over as a file, all that waits to be written included. */
export async function exportAudit(studio: Studio, format: 'csv' | 'jsonl'): Promise<void> {
  await studio.writes.settled()
  const entries = await studio.storage.auditLog()
  const text = format === 'csv' ? auditCsv(entries) : auditLines(entries)
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  studio.deliver(`audit-log.${format}`, new Blob([text], { type }))
}
