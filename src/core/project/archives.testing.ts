import { zipSync } from 'fflate'
import { BAND_COUNT } from '../patches/bands'
import type { PointAuditRecord } from '../review/pointAudit'
import {
  pointAuditFixture,
  roundFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
  verdictFixture,
} from '../review/records.testing'
import { archiveEntries, type ProjectFile } from './archiveEntries'
import type { ProjectRecords } from './projectRecords'
import { maskFileParts, pixelFileParts } from './rasterFiles'

export const [WIDTH, HEIGHT] = [3, 2]

/** Of the cells: both networks see the first column, the second network the last, too. */
export const PROBABILITIES = {
  a: Float32Array.of(0.9, 0.1, 0.1, 0.9, 0.1, 0.1),
  b: Float32Array.of(0.9, 0.1, 0.9, 0.9, 0.1, 0.1),
  ensemble: Float32Array.of(0.9, 0.1, 0.5, 0.9, 0.1, 0.1),
}

/** Elevations of 100 m on, and a slope of 10 degrees. */
export function cellPixels(valid: Uint8Array | null = null) {
  const data = Float32Array.from({ length: BAND_COUNT * WIDTH * HEIGHT }, (_, i) => {
    const [band, pixel] = [Math.floor(i / (WIDTH * HEIGHT)), i % (WIDTH * HEIGHT)]
    return band === BAND_COUNT - 1 ? 100 + pixel : band === BAND_COUNT - 2 ? 10 : 1000 + 10 * band + pixel
  })
  return { data, valid, label: null }
}

/**
 * A project as the studio saves it: a scene of two cells, of which the first was corrected and accepted by Ann after round 1,
 * the second is predicted; an audit with two points.
 */
export function savedRecords(audits: PointAuditRecord[] | null = null): ProjectRecords {
  const predicted = { predictedBy: ['a', 'b'], hasLabel: false }
  const [first, second] = [scenePieceFixture(1, predicted), scenePieceFixture(2, predicted)]
  const margin = scenePieceFixture(0)
  const at = '2024-05-01T12:00:00.000Z'
  const verdict = verdictFixture({
    patchId: first.id,
    kind: 'corrected',
    reviewer: 'Ann',
    threshold: 0.6,
    modelIds: ['a', 'b'],
    roundId: 'round-1',
  })
  const audit = pointAuditFixture({
    points: [
      { number: 1, patchId: second.id, column: 1, row: 0, stratum: 'not-landslide' },
      { number: 2, patchId: first.id, column: 0, row: 0, stratum: 'landslide' },
      { number: 3, patchId: first.id, column: 2, row: 1, stratum: 'not-landslide' },
    ],
    answers: { 1: { answer: 'not-landslide', at }, 2: { answer: 'landslide', at } },
  })
  return {
    project: [{ id: 'project', name: 'Kaikoura', createdAt: at, threshold: 0.7 }],
    patches: [second, first, margin],
    scenes: [sceneFixture()],
    history: [
      strokeFixture({ sequence: 1, patchId: first.id, at }),
      { sequence: 2, kind: 'verdict', patchId: first.id, verdictAfter: verdict, undone: false, at },
    ],
    rounds: [roundFixture()],
    importedModels: [],
    pointAudits: audits ?? [audit],
    auditLog: [
      {
        ...{ at, kind: 'verdict', patchId: first.id, verdict: 'corrected', verdictId: verdict.id },
        ...{ supersedes: null, threshold: 0.6, roundId: 'round-1', modelIds: ['a', 'b'], maskHash: 'ff' },
        ...{ reviewer: 'Ann', detail: 'Corrected' },
      },
    ],
    unfinishedRounds: [],
  }
}

const bytesOf = (parts: readonly ArrayBufferView[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap(part => [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]))

/** Files of `savedRecords`: the mask was stored before its stroke, which made two pixels of the first row landslide. */
export function savedFiles({ patches }: Pick<ProjectRecords, 'patches'>): ProjectFile[] {
  return patches.flatMap(({ id, cell, predictedBy = [] }) => {
    const name = encodeURIComponent(id)
    const files = [{ name: `pixels/${name}`, content: bytesOf(pixelFileParts(WIDTH, HEIGHT, cellPixels())) }]
    for (const model of predictedBy.length > 0 ? (['a', 'b', 'ensemble'] as const) : []) {
      files.push({ name: `probabilities/${name}/${model}`, content: bytesOf([PROBABILITIES[model]]) })
    }
    if (cell?.column === 1) {
      files.push({
        name: `masks/${name}`,
        content: bytesOf(maskFileParts(Uint8Array.of(1, 0, 0, 1, 0, 0), 0)),
      })
    }
    return files
  })
}

/** An archive as the studio writes it. @param spoil changes members before they are packed */
export async function archiveBytes(
  records = savedRecords(),
  files = savedFiles(records),
  spoil: (members: Record<string, Uint8Array<ArrayBuffer>>) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const members: Record<string, Uint8Array<ArrayBuffer>> = {}
  async function* inOrder() {
    yield* files
  }
  for await (const { name, bytes } of archiveEntries(records, inOrder())) members[name] = bytes
  spoil(members)
  return zipSync(members, { level: 0 }) as Uint8Array<ArrayBuffer>
}
