import type { ErrorCode } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { RefusedFile, Remark } from '../../core/patches/importPatches'
import { isWarning, reasonFacts } from '../../core/raster/fileNote'
import { mayPass } from '../shell/jobs'
import type { StudioState } from '../studioState'
import { patchesById } from './selectors'
import type { ImportOutcome } from './slice'

/** A file of the report; `patchId` of the patch that it gave, null where it gave none or is a mask. */
export interface ReportFile {
  path: string
  patchId: string | null
}

/** Files with one reason: each sentence once, with all the files it is said of. */
export interface ReportGroup {
  id: string
  title: string
  /** Files in it, each counted once. */
  count: number
  fix: string | null
  /** What the studio can do about it itself. */
  action: 'value-scale' | 'attach-masks' | 'retry' | null
  entries: { message: string; files: ReportFile[] }[]
}

export interface ImportReport {
  /** Patches that came in, by what they are for, and titles of models. */
  added: { patches: number; toLearn: number; heldOut: number; toMap: number; models: readonly string[] }
  /** What is normal, of the files that were added. */
  notes: ReportGroup[]
  /** What a person has to decide. */
  needs: ReportGroup[]
  refused: ReportGroup[]
}

const REFUSALS: Partial<Record<ErrorCode, string>> = {
  'bands-mismatch': 'Not the 14 bands',
  'file-unsupported': 'Not a file that Scarp reads',
  'file-malformed': 'Damaged',
  'file-unreadable': 'Cannot be read',
  'file-too-large': 'Too large',
  'shape-mismatch': 'Mask of another size than its image',
  'pair-missing': 'Mask without its image',
  'scale-unknown': 'Value scale unclear',
  'model-invalid': 'Not a model that Scarp runs',
  'weights-mismatch': 'Weights do not fit the model',
}

/**
 * What the last import brought, grouped by reason. After a reload, which knows no import any more, what is noted of the
 * project's patches.
 */
export function importReport(state: StudioState): ImportReport {
  const { list, importOutcome: outcome } = state.patches
  const remarks =
    outcome?.remarks ?? list.flatMap(({ path, problems }) => problems.map(note => ({ path, ...note })))
  const refused = outcome?.refused ?? []
  const ids = new Map(
    outcome
      ? outcome.images.map(({ path, patchId }) => [path, patchId])
      : list.map(({ path, id }) => [path, id]),
  )
  const group = grouping(path => ids.get(path) ?? null)
  return {
    added: added(state, outcome),
    notes: group.remarks(remarks.filter(remark => !isWarning(remark))),
    needs: [
      ...group.refusals(refused.filter(({ code }) => code === 'scale-unknown')),
      ...group.remarks(remarks.filter(isWarning)),
    ],
    refused: group.refusals(refused.filter(({ code }) => code !== 'scale-unknown')),
  }
}

function added(state: StudioState, outcome: ImportOutcome | null): ImportReport['added'] {
  const { list } = state.patches
  if (outcome && outcome.images.length === 0 && outcome.added === 0)
    return { patches: 0, toLearn: 0, heldOut: 0, toMap: 0, models: outcome.models ?? [] }
  const known = patchesById(state)
  const leftOut = new Set(
    outcome?.remarks.filter(({ reason }) => LEFT_OUT.has(reason)).map(({ path }) => path),
  )
  const patches = outcome
    ? outcome.images.flatMap(({ path, patchId }) => {
        const patch = leftOut.has(path) ? undefined : known.get(patchId ?? '')
        return patch ? [patch] : []
      })
    : list
  const labelled = patches.filter(patch => patch.hasLabel)
  const heldOut = labelled.filter(patch => patch.heldOut).length
  return {
    patches: outcome?.added ?? patches.length,
    toLearn: labelled.length - heldOut,
    heldOut,
    toMap: patches.length - labelled.length,
    models: outcome?.models ?? [],
  }
}

/** A model that is none stays so; what the machine could not do it may do now. */
function refusalAction(code: ErrorCode): ReportGroup['action'] {
  if (code === 'scale-unknown') return 'value-scale'
  return mayPass(code) && code !== 'model-invalid' ? 'retry' : null
}

const ACTIONS: Partial<Record<Remark['reason'], ReportGroup['action']>> = {
  'scale-in-doubt': 'value-scale',
  'mask-to-attach': 'attach-masks',
  'label-unused': 'attach-masks',
}

const LEFT_OUT: ReadonlySet<Remark['reason']> = new Set(['duplicate', 'label-unused', 'not-replaced'])

function grouping(patchOf: (path: string) => string | null) {
  const gather = <Item extends { path: string; message: string }>(
    items: readonly Item[],
    idOf: (item: Item) => string,
    facts: (item: Item) => Pick<ReportGroup, 'title' | 'fix' | 'action'>,
  ): ReportGroup[] => {
    const groups = new Map<string, { group: ReportGroup; bySentence: Map<string, ReportFile[]> }>()
    for (const item of items) {
      const id = idOf(item)
      const known = groups.get(id) ?? {
        group: { id, count: 0, entries: [], ...facts(item) },
        bySentence: new Map(),
      }
      groups.set(id, known)
      const message = withoutPath(item.message, item.path)
      const files = known.bySentence.get(message) ?? []
      known.bySentence.set(message, [...files, { path: item.path, patchId: patchOf(item.path) }])
    }
    return [...groups.values()]
      .map(({ group, bySentence }) => {
        const entries = [...bySentence].map(([message, files]) => ({ message, files }))
        const count = new Set(entries.flatMap(({ files }) => files.map(({ path }) => path))).size
        return { ...group, count, entries }
      })
      .sort((a, b) => b.count - a.count)
  }
  return {
    remarks: (remarks: readonly Remark[]) =>
      gather(
        remarks,
        ({ reason }) => reason,
        ({ reason }) => ({
          title: reasonFacts(reason).title,
          fix: reasonFacts(reason).fix ?? null,
          action: ACTIONS[reason] ?? null,
        }),
      ),
    refusals: (refused: readonly RefusedFile[]) =>
      gather(
        refused,
        ({ code }) => code,
        ({ code }) => ({
          title: REFUSALS[code] ?? 'Not taken',
          fix: null,
          action: refusalAction(code),
        }),
      ),
  }
}

/** The sentence without the name of its file, which stands beside it, so that equal reasons read alike. */
function withoutPath(message: string, path: string): string {
  const named = `"${path}"`
  if (message.startsWith(`${named}: `)) {
    const sentence = message.slice(named.length + 2)
    return sentence.charAt(0).toUpperCase() + sentence.slice(1)
  }
  if (message.startsWith(`${named} `)) return `It ${message.slice(named.length + 1)}`
  return message
}

const countOf = (groups: readonly ReportGroup[]) => groups.reduce((sum, { count }) => sum + count, 0)

/** "5 patches added, 2 files need you, 14 files refused" */
export function reportHeadline({ added, needs, refused }: ImportReport): string {
  const parts: string[] = []
  const { patches, models } = added
  const [needing, refusals] = [countOf(needs), countOf(refused)]
  if (patches > 0 || models.length + needing + refusals === 0)
    parts.push(`${plural(patches, 'patch', 'patches')} added`)
  if (models.length > 0) parts.push(`${plural(models.length, 'model')} added`)
  if (needing > 0) parts.push(`${plural(needing, 'file')} ${needing === 1 ? 'needs' : 'need'} you`)
  if (refusals > 0) parts.push(`${plural(refusals, 'file')} refused`)
  return parts.join(', ')
}

export function needsAttention({ needs, refused }: ImportReport): boolean {
  return needs.length + refused.length > 0
}
