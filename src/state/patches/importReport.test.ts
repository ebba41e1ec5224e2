import { describe, expect, test } from 'vitest'
import type { RefusedFile, Remark } from '../../core/patches/importPatches'
import { patchRecord } from '../studio.testing'
import { initialStudioState, type StudioState } from '../studioState'
import { importReport, needsAttention, reportHeadline } from './importReport'
import type { ImportOutcome } from './slice'

const scale = (path: string): Remark => ({ path, reason: 'value-scale', message: 'Taken as raw values.' })

const oneBand = (path: string): RefusedFile => ({
  path,
  code: 'bands-mismatch',
  message: `"${path}": It has one band.`,
})

const labelled = (id: string, heldOut: boolean) =>
  patchRecord(id, { hasLabel: true, domain: 'source', heldOut })

const PATCHES = [labelled('p1', true), labelled('p2', false), patchRecord('p3')]

function reportOf(outcome: Partial<ImportOutcome> | null, patches = PATCHES) {
  const images = patches.map(({ id, path }) => ({ path, patchId: id, scaleInDoubt: false }))
  const importOutcome = outcome && {
    added: patches.length,
    remarks: [],
    refused: [],
    files: [],
    images,
    ...outcome,
  }
  const state: StudioState = {
    ...initialStudioState,
    patches: { ...initialStudioState.patches, list: patches, importOutcome },
  }
  return importReport(state)
}

describe('the report of an import', () => {
  test('says each reason once, with all its files', () => {
    const refused = Array.from({ length: 14 }, (_, index) => oneBand(`SRTM_${index}.tif`))
    const report = reportOf({ remarks: PATCHES.map(({ path }) => scale(path)), refused })
    expect(report.refused).toMatchObject([
      { title: 'Not the 14 bands', count: 14, entries: [{ message: 'It has one band.' }] },
    ])
    expect(report.refused[0]!.entries[0]!.files).toHaveLength(14)
    expect(report.notes).toMatchObject([{ title: 'Value scale', count: 3, entries: [{}] }])
    expect(reportHeadline(report)).toBe('3 patches added, 14 files refused')
  })

  test('offers to take again what the machine could not take, not what a file is wrong in', () => {
    const refused: RefusedFile[] = [
      { path: 'starter', code: 'worker-stopped', message: 'The engine worker stopped: try again.' },
      { path: 'other', code: 'model-invalid', message: 'It has no manifest.' },
      oneBand('dem.tif'),
    ]
    const actions = reportOf({ refused }).refused.map(({ id, action }) => [id, action])
    expect(Object.fromEntries(actions)).toEqual({
      'worker-stopped': 'retry',
      'model-invalid': null,
      'bands-mismatch': null,
    })
  })

  test('tells patches to learn from, held out and to map apart', () => {
    const twin: Remark = {
      path: 'p3.h5',
      reason: 'duplicate',
      message: 'It is already in the project: left out.',
    }
    expect(reportOf({ added: 2, remarks: [twin] }).added).toMatchObject({
      patches: 2,
      toLearn: 1,
      heldOut: 1,
      toMap: 0,
    })
  })

  test('asks for nothing where all is normal', () => {
    const report = reportOf({ remarks: PATCHES.map(({ path }) => scale(path)) })
    expect(needsAttention(report)).toBe(false)
    expect(report.notes[0]!.entries[0]!.files[2]).toEqual({ path: 'p3.h5', patchId: 'p3' })
  })

  test('asks for a value scale where it is unclear or in doubt', () => {
    const report = reportOf({
      remarks: [{ path: 'p1.h5', reason: 'scale-in-doubt', message: 'Taken as raw values.' }],
      refused: [{ path: 'p4.h5', code: 'scale-unknown', message: '"p4.h5": its value scale is unclear.' }],
    })
    expect(report.needs.map(({ action, count }) => [action, count])).toEqual([
      ['value-scale', 1],
      ['value-scale', 1],
    ])
    expect(report.refused).toEqual([])
    expect(reportHeadline(report)).toBe('3 patches added, 2 files need you')
  })

  test('after a reload is made of what the patches keep', () => {
    const note = { reason: 'position', message: 'The transform is not finite and was left out.' } as const
    const report = reportOf(null, [patchRecord('p1', { problems: [note] }), patchRecord('p2')])
    expect(report.needs).toMatchObject([
      { id: 'position', count: 1, entries: [{ message: note.message, files: [{ patchId: 'p1' }] }] },
    ])
    expect(report.needs[0]!.fix).toContain('georeference')
    expect(report.added).toMatchObject({ patches: 2, toMap: 2 })
  })
})
