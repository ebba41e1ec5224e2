import { randomStream } from '../../core/foundation/random'
import { emptyStatistics, mergeStatistics, statisticsOf } from '../../core/patches/statistics'
import { roundId } from '../../core/rounds/round'
import { defaultRoundConfig, type RoundConfig } from '../../core/rounds/roundConfig'
import type { LabelledPixels, PatchProvider } from './patchProvider'
import type { CellScene } from './predictCells'
import type { RoundInput, RoundStore } from './roundInput'

export const SIDE = 32
const BANDS = 14

/** A bright square is the landslide; the target is the same ground under another light. */
export function patchOf(seed: number, light: number, labelled: boolean): LabelledPixels {
  const random = randomStream(seed, 'patch')
  const data = Float32Array.from({ length: BANDS * SIDE * SIDE }, () => 1000 + 100 * random.normal())
  const label = new Uint8Array(SIDE * SIDE)
  const [left, top] = [random.integer(2, 18), random.integer(2, 18)]
  for (let y = top; y < top + 12; y++) for (let x = left; x < left + 12; x++) label[y * SIDE + x] = 1
  for (let i = 0; i < data.length; i++) data[i] = (data[i]! + 800 * label[i % label.length]!) * light
  return { width: SIDE, height: SIDE, data, valid: null, label: labelled ? label : null }
}

export function provider(prefix: string, count: number, light: number, labelled = true): PatchProvider {
  const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  return { ids, load: async id => patchOf(ids.indexOf(id) + 100 * prefix.length, light, labelled) }
}

export async function momentsOf(...providers: PatchProvider[]) {
  let all = emptyStatistics()
  for (const { ids, load } of providers) {
    for (const id of ids) all = mergeStatistics(all, statisticsOf(await load(id)))
  }
  return all
}

/** A store whose probabilities a test may look into: "<model>/<patch>". */
export function memoryStore(): RoundStore & { probabilities: Map<string, Float32Array> } {
  const probabilities = new Map<string, Float32Array>()
  return {
    probabilities,
    readMask: async () => null,
    readProbability: async (patchId, modelId) => probabilities.get(`${modelId}/${patchId}`) ?? null,
    async writeProbability(patchId, modelId, probability) {
      probabilities.set(`${modelId}/${patchId}`, probability)
    },
  }
}

/** Two steps of two small networks; the target by its own statistics, few as its patches are. */
export const config: RoundConfig = {
  ...defaultRoundConfig,
  targetStatistics: 'self',
  families: ['segformer', 'efficientnetv2-unet'],
  steps: 2,
  microBatch: 2,
  accumulate: 1,
  cropSize: SIDE,
  evaluateEvery: 2,
  warmupSteps: 1,
  seed: 5,
}

/** A first round of three source patches, one held out, two of the new event. */
export async function inputOf(change: Partial<RoundInput> = {}): Promise<RoundInput> {
  const source = provider('s', 3, 1)
  const heldOut = provider('held', 1, 1)
  const target = provider('target', 2, 0.5, false)
  return {
    id: roundId(1, 5),
    index: 1,
    parentRoundId: null,
    at: '2026-01-01T00:00:00Z',
    now: () => 0,
    config,
    engine: { backend: 'webgpu', adapter: 'test' },
    source,
    heldOut,
    target,
    statistics: { source: await momentsOf(source, heldOut), target: await momentsOf(target) },
    verdicts: [],
    store: memoryStore(),
    parents: {},
    ...change,
  }
}

/** Columns of the cells of `cellScene`: all of its 48 rows. */
const CELLS = { c0: [0, 100], c1: [100, 190], c2: [190, 280] } as const

/** A scene of two windows and three cells side by side; of its area, everything but the last eight rows. */
export function cellScene(): CellScene {
  const [width, height] = [280, 48]
  const random = randomStream(11, 'scene')
  const data = Float32Array.from({ length: BANDS * width * height }, () => 500 + 60 * random.normal())
  return {
    name: 'scene',
    width,
    height,
    cells: new Map(
      Object.entries(CELLS).map(([id, [begin, end]]) => [
        id,
        { column: begin, row: 0, width: end - begin, height },
      ]),
    ),
    inside: window =>
      Uint8Array.from({ length: window.width * window.height }, (_, i) =>
        Number(window.row + Math.floor(i / window.width) < height - 8),
      ),
    async read(window) {
      const area = window.width * window.height
      const part = new Float32Array(BANDS * area)
      for (let band = 0; band < BANDS; band++) {
        for (let row = 0; row < window.height; row++) {
          const from = (band * height + window.row + row) * width + window.column
          part.set(data.subarray(from, from + window.width), band * area + row * window.width)
        }
      }
      return { width: window.width, height: window.height, data: part, valid: null }
    },
  }
}

/** Patches with the cells of a scene among them. */
export function withCells({ ids, load }: PatchProvider, scene: CellScene): PatchProvider {
  return {
    ids: ['c2', ids[0]!, 'c0', ...ids.slice(1), 'c1'],
    scenes: [scene],
    async load(id) {
      const window = scene.cells.get(id)
      if (!window) return load(id)
      return { ...(await scene.read(window)), label: null, inside: scene.inside!(window) }
    },
  }
}
