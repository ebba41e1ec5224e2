import type { ScratchFile } from '../../storage/scratchFile'
import { joined } from '../foundation/bytes'
import type { ProjectReader } from '../project/projectReader'
import type { PixelWindow } from '../raster/rasterSource'
import type { HistoryRecord, PatchRecord } from '../review/records'
import { patchRecordFixture, verdictFixture } from '../review/records.testing'
import type { VerdictKind } from '../review/verdict'
import { ensembleMean } from '../rounds/ensemble'
import { cutScene } from '../scenes/cells'
import type { SceneRecord } from '../scenes/sceneRecord'
import { georeferenceOf } from '../scenes/stack'

const GRID = { crs: 'EPSG:32633', width: 1200, height: 900 }

export const NETWORKS = ['a', 'b']

/** 2 x 2 cells of 350 x 265, so that a run of 512 rows ends within a cell. */
export const SCENE_WINDOW: PixelWindow = { column: 100, row: 50, width: 700, height: 530 }

export interface TestScene {
  record: SceneRecord
  cells: PatchRecord[]
  /** [height, width] of `record.window`: of each network, and their mean; NaN at some pixels. */
  members: Float32Array[]
  probability: Float32Array
}

export async function testScene(
  id: string,
  change: Partial<SceneRecord> & { corner?: [number, number] } = {},
) {
  const { corner = [465180, 5080250], ...rest } = change
  const record: SceneRecord = {
    id,
    name: `scene ${id}`,
    at: '2026-01-01T00:00:00Z',
    recipe: {
      name: `scene ${id}`,
      grid: { ...GRID, transform: [corner[0], 10, 0, corner[1], 0, -10] },
      bands: [],
      resampling: 'nearest',
      elevation: ['in/dem.tif'],
      slope: null,
    },
    level: 'L1C',
    tile: null,
    sensed: '2020-07-04T09:50:29Z',
    synthetic: [],
    window: SCENE_WINDOW,
    area: null,
    samples: [],
    pieces: 12,
    complete: true,
    ...rest,
  }
  const { window } = record
  const pieces = await cutScene({ width: GRID.width, height: GRID.height, bounds: window })
  const cells = pieces
    .filter(({ kind }) => kind === 'cell')
    .map(({ id: place, row, column, window: cell }) =>
      patchRecordFixture({
        id: `${id}-${place}`,
        name: `${record.name} ${place}`,
        domain: 'target',
        hasLabel: false,
        width: cell.width,
        height: cell.height,
        georeference: georeferenceOf(
          { crs: GRID.crs, transform: record.recipe.grid.transform, geoKeys: null },
          cell,
        ),
        predictedBy: NETWORKS,
        cell: { sceneId: id, row, column, window: cell },
      }),
    )
  // Smooth, since noise takes long to compress.
  const members = NETWORKS.map((_, turn) =>
    Float32Array.from({ length: window.width * window.height }, (_, i) => {
      const [x, y] = [i % window.width, Math.floor(i / window.width)]
      if (i % 1001 === 7) return Number.NaN
      return 0.5 + 0.5 * Math.sin(x / 17 + id.length + turn) * Math.cos(y / 23)
    }),
  )
  return { record, cells, members, probability: ensembleMean(members) }
}

function cut<Samples extends Uint8Array | Float32Array>(
  plane: Samples,
  { window }: SceneRecord,
  cell: PixelWindow,
): Samples {
  const out = plane.slice(0, cell.width * cell.height) as Samples
  for (let y = 0; y < cell.height; y++) {
    const from = (cell.row - window.row + y) * window.width + cell.column - window.column
    out.set(plane.subarray(from, from + cell.width), y * cell.width)
  }
  return out
}

/** A project of these scenes, and which masks were read of it, in their order. */
export function projectOf(
  scenes: readonly TestScene[],
  steps: readonly HistoryRecord[],
  masks: ReadonlyMap<string, Uint8Array> = new Map(),
  more: readonly PatchRecord[] = [],
) {
  const read: string[] = []
  const cellOf = (id: string) => {
    for (const scene of scenes) {
      const record = scene.cells.find(cell => cell.id === id)
      if (record) return { scene, record, window: record.cell!.window }
    }
    return null
  }
  const store: Partial<ProjectReader> = {
    patches: async () => [...scenes.flatMap(({ cells }) => cells), ...more],
    patch: async id => cellOf(id)!.record,
    scenes: async () => scenes.map(({ record }) => record),
    history: async () => [...steps],
    rounds: async () => [],
    pointAudits: async () => [],
    readMask: async id => masks.get(id) ?? null,
    readPixelWindow: async id => {
      const found = cellOf(id)
      if (!found) return { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), valid: null }
      const { scene, record, window } = found
      read.push(`${record.id} ground`)
      const elevation = cut(groundOf(scene), scene.record, window)
      return { data: joinedValues(elevation, elevation.map(slopeOf)), valid: null }
    },
    readPixels: async () => ({ data: new Float32Array(0), valid: null, label: null }),
    readProbability: async (id, model) => {
      const found = cellOf(id)
      if (!found) return new Float32Array(6).fill(0.5)
      const { scene, record, window } = found
      if (!record.predictedBy) return null
      read.push(`${id} ${model}`)
      const plane = model === 'ensemble' ? scene.probability : scene.members[NETWORKS.indexOf(model)]!
      return cut(plane, scene.record, window)
    },
  }
  return { store: store as ProjectReader, read }
}

let sequence = 1
export const judged = (patchId: string, kind: VerdictKind, reviewer = 'Ann'): HistoryRecord => ({
  sequence: sequence++,
  kind: 'verdict',
  patchId,
  verdictAfter: verdictFixture({ patchId, kind, reviewer, threshold: 0.5, modelIds: NETWORKS }),
  undone: false,
})

/** [height, width] of `record.window`: metres. */
export function groundOf({ record: { window } }: Pick<TestScene, 'record'>): Float32Array {
  return Float32Array.from(
    { length: window.width * window.height },
    (_, i) => 900 - Math.floor(i / window.width) + (i % window.width) / 10,
  )
}

export const slopeOf = (elevation: number) => elevation / 30

function joinedValues(...parts: Float32Array[]): Float32Array {
  return new Float32Array(parts.flatMap(part => [...part]))
}

export const ids = (...scenes: TestScene[]) => scenes.flatMap(({ cells }) => cells.map(({ id }) => id))

export function memoryScratch() {
  const open: ScratchFile[] = []
  return {
    /** Those that were not removed. */
    open,
    async make(): Promise<ScratchFile> {
      let bytes = new Uint8Array(0)
      const file: ScratchFile = {
        append: async more => {
          bytes = joined([bytes, more])
        },
        read: async (begin, length) => bytes.slice(begin, begin + length),
        remove: async () => void open.splice(open.indexOf(file), 1),
      }
      open.push(file)
      return file
    },
  }
}
