import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomStream } from '../../core/foundation/random'
import { INSTRUMENT_BANDS } from '../../core/scenes/bandNames'
import { sceneTiff } from '../../core/scenes/testing/sceneTiff'

/** Upper left of the first scene. */
const [X, Y] = [465_180, 5_080_250]

export interface MadeInputs {
  folder: string
  dem: string
  /** Names of the scenes; the last one is damaged. */
  scenes: string[]
}

/**
 * Scenes of 13 bands and of mixed size side by side, each overlapping the one before, and the elevation under all of them. The
 * last scene is damaged in its last rows.
 *
 * @param sides of the scenes, pixels
 */
export async function makeInputs(folder: string, sides: readonly number[]): Promise<MadeInputs> {
  await mkdir(join(folder, 'scenes'), { recursive: true })
  const scenes: string[] = []
  let column = 0
  for (const [index, side] of sides.entries()) {
    const name = `scene_${String(index + 1).padStart(2, '0')}`
    const random = randomStream(index + 1, 'scene')
    const noise = Float32Array.from({ length: side * side }, () => random.uniform())
    const file = sceneTiff(`${name}.tif`, {
      width: side,
      height: side,
      bands: 13,
      names: INSTRUMENT_BANDS,
      deflatedRows: 16,
      corner: [X + 10 * column, Y],
      value: (band, pixel) => (band === 10 ? 10 : 400 + 100 * band) + Math.round(300 * noise[pixel]!),
    })
    const bytes = await file.slice(0, file.size)
    // The last strip lies before the directory, which is whole: only who reads all of it finds out.
    if (index === sides.length - 1) bytes.fill(0, bytes.length - 4000, bytes.length - 3000)
    await writeFile(join(folder, 'scenes', file.path), bytes)
    scenes.push(name)
    column += Math.round(side * 0.75)
  }
  const dem = join(folder, 'dem.tif')
  const width = Math.ceil((column + 400) / 4)
  const ground = sceneTiff('dem.tif', {
    width,
    height: 120,
    bits: 32,
    format: 3,
    side: 40,
    corner: [X - 400, Y + 400],
    value: (_, pixel) => 800 + (pixel % width) * 6 + Math.floor(pixel / width) * 3,
  })
  await writeFile(dem, await ground.slice(0, ground.size))
  return { folder: join(folder, 'scenes'), dem, scenes }
}
