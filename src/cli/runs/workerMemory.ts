import { BAND_COUNT } from '../../core/patches/bands'
import { parseManifest } from '../../core/rounds/modelManifest'
import type { StackRecipe } from '../../core/scenes/scene'
import { BAND_CACHE_BYTES, TERRAIN_CACHE_BYTES } from '../../core/scenes/sceneSources'
import { isAbsent } from '../../core/scenes/stack'
import type { ModelFiles } from '../../engine'
import { MASK_CACHE_BYTES } from '../maskRasters'
import type { CommandIo } from '../node/commandIo'
import { provideWebGpuIfPossible } from '../node/startCliEngine'
import type { RunInput } from './manifest'

/** What decides how much memory an input takes: of a scene its whole grid, of patches the largest of them. */
export interface InputSize {
  kind: RunInput['kind']
  width: number
  height: number
  /** Of a scene: what its bands take for each pixel of the grid once they are decoded, bytes. */
  bandBytes: number
}

/** What the networks of a run take, whatever the input. */
export interface NetworkMemory {
  count: number
  /** Of the files of all models, which a worker holds with the tensors made of them. */
  files: number
  /** Of the largest pass: of a GPU where one predicts, else of the process. */
  pass: number
}

/**
 * Memory of the networks: their files, and what a pass over a window takes, counted on a device that computes nothing.
 *
 * @param scale of all; null: as each was trained
 * @throws AppError `gpu-unavailable` where the library that counts cannot be loaded
 */
export async function networkMemory(
  models: readonly ModelFiles[],
  scale: number | null,
  io: CommandIo,
): Promise<NetworkMemory> {
  await provideWebGpuIfPossible(io)
  // It looks for WebGPU when it is loaded.
  const { profileInference } = await import('../../engine')
  let [files, pass] = [0, 0]
  for (const model of models) {
    for (const content of Object.values(model.files)) files += content.byteLength
    const { family, preset, scale: trained } = parseManifest(model.files['manifest.json'] ?? new Uint8Array())
    const size = Math.min(LONGEST_SIDE, WINDOW * (scale ?? trained))
    pass = Math.max(pass, profileInference({ family, preset, size, batch: 1 }).peakBytes)
  }
  return { count: models.length, files, pass }
}

/** Side of a window in pixels, of one that was enlarged, and from one to the next (`engine/refinement/blendWindows.ts`). */
const [WINDOW, LONGEST_SIDE, STRIDE] = [256, 512, 192]

/**
 * Bytes of the recipe's bands for each pixel of the scene's grid, of 16 bits as products have them.
 *
 * @param recipe null: a file that has the 14 bands itself
 */
export function decodedBandBytes(recipe: StackRecipe | null): number {
  const bands = recipe?.bands.map(band => (isAbsent(band) ? 0 : SAMPLE_BYTES / band.factor ** 2))
  return bands ? bands.reduce((sum, bytes) => sum + bytes, 0) : BAND_COUNT * SAMPLE_BYTES
}

const SAMPLE_BYTES = 2

/** Node with the program and its WebAssembly, and the process that started it: three starters and a patch of 256 x 128 pixels. */
const PROGRAM = 245e6

/** What is freed and not collected yet, with anything larger: `docs/cluster.md` has the measures. */
const UNCOLLECTED = 400e6

const FLOAT = 4

/** Pixels of patches that are in memory at once (`predictPatchFiles`). */
const PATCH_PIXELS = 512 * 512

/** Pixels of a strip of which landslides are traced (`core/inventory/inventoryOf.ts`), and its five planes. */
const [STRIP_PIXELS, STRIP_BYTES] = [2 ** 21, 17]

/** Of a scene's results, a pixel: mask, probability and disagreement. */
const RESULT_BYTES = 3

/**
 * Likely peak of a worker that predicts an input, bytes: the program, its networks, and the most that it holds of the input at
 * once. On a GPU the pass is in the GPU's memory, and this is too much.
 */
export function workerMemory({ kind, width, height, bandBytes }: InputSize, networks: NetworkMemory): number {
  const area = width * height
  const program = PROGRAM + UNCOLLECTED + 2 * networks.files + networks.pass
  if (kind === 'patches') {
    // In raw units and z-scored, then a map for each network.
    const held = Math.max(PATCH_PIXELS, area)
    return program + held * FLOAT * (2 * BAND_COUNT + networks.count + 1)
  }
  const cached =
    Math.min(BAND_CACHE_BYTES, area * bandBytes) + Math.min(TERRAIN_CACHE_BYTES, area * 3 * FLOAT)
  // A row of windows: sums of each network and their weights, the rows that are whole, what is written of them.
  const rows = WINDOW * width * FLOAT * (2 * networks.count + 4)
  const tracing =
    Math.min(STRIP_PIXELS, area) * 2 * STRIP_BYTES + Math.min(MASK_CACHE_BYTES, area * RESULT_BYTES)
  return program + cached + Math.max(rows, tracing)
}

/** Bytes on disk of the windows of a scene that are kept until their rows are whole: two rows of them. */
export function windowRowBytes({ width }: InputSize, networks: number): number {
  return 2 * Math.ceil(width / STRIDE) * WINDOW ** 2 * FLOAT * networks
}
