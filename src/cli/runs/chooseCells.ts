import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BYTE_STEPS } from '../../core/export/resultGeotiffs'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { randomStream } from '../../core/foundation/random'
import { plural } from '../../core/foundation/text'
import { LANDSLIDE } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { cutScene } from '../../core/scenes/cells'
import type { CommandIo } from '../node/commandIo'
import { nodeInput } from '../node/nodeFiles'
import { PLACES, type Run, type RunInput, readDone, readFailure } from './manifest'
import type { InputReport } from './results'
import { readRunStatistics } from './statistics'

/** A piece of a result, at most 512 x 512 pixels. */
export interface ResultCell {
  input: RunInput
  /** Which of the input's results: patches in their order, then scenes. */
  index: number
  /** Of the result's raster. */
  window: PixelWindow
  /** Of the result's raster. */
  size: { width: number; height: number }
  /** Path of the probabilities. */
  probability: string
  /** Path of the networks' disagreement; null: patches have none. */
  disagreement: string | null
}

/** Names a piece: the same in every round of a run, whose inputs are the same. */
export function cellKey(input: string, index: number, { column, row, width, height }: PixelWindow): string {
  return JSON.stringify([input, index, column, row, width, height])
}

/**
 * Draws pieces of a run's results to learn from: half of them with a landslide in the mask, as far as there are so many. They
 * depend on the plan, the masks and the seed, not on shards.
 *
 * @param also pieces (`cellKey`) that are taken whatever is drawn
 * @returns in the order of the plan
 * @throws AppError `bad-argument` where results are missing, or there are none, `aborted`
 */
export async function chooseCells(
  run: Run,
  count: number,
  seed: number,
  io: CommandIo,
  also: ReadonlySet<string> = new Set(),
): Promise<ResultCell[]> {
  const [some, none]: [ResultCell[], ResultCell[]] = [[], []]
  const asked = new Set<ResultCell>()
  const order = new Map<ResultCell, number>()
  const missing: string[] = []
  const statistics = await readRunStatistics(run)
  for (const input of run.manifest.inputs) {
    throwIfAborted(io.signal)
    const done = await readDone(run, input.name)
    if (done?.statistics !== statistics.hash) {
      if (!(await readFailure(run, input.name))) missing.push(`${input.name} (shard ${input.shard})`)
      continue
    }
    const place = join(run.folder, PLACES.results, input.name)
    const { outputs } = JSON.parse(await readFile(join(place, 'report.json'), 'utf8')) as InputReport
    for (const [index, output] of outputs.entries()) {
      const mask = await io.openRaster(await nodeInput(join(place, output.mask)), { signal: io.signal })
      const { width, height } = mask
      for (const { window } of await cutScene({ width, height, signal: io.signal })) {
        const [pixels] = await mask.read({ window, signal: io.signal })
        if (pixels!.every(value => value === 255)) continue
        const cell: ResultCell = {
          ...{ input, index, window, size: { width, height } },
          probability: join(place, output.probability),
          disagreement: output.disagreement === undefined ? null : join(place, output.disagreement),
        }
        order.set(cell, order.size)
        if (also.has(cellKey(input.name, index, window))) asked.add(cell)
        if (pixels!.some(value => value === LANDSLIDE)) some.push(cell)
        else none.push(cell)
      }
    }
  }
  if (missing.length > 0) {
    throw new AppError(
      'bad-argument',
      `${plural(missing.length, 'result')} missing: ${missing.slice(0, 5).join(', ')}. Predict them first.`,
    )
  }
  if (order.size === 0) throw new AppError('bad-argument', 'The run has no result to learn from.')
  const draw = (cells: ResultCell[]) => randomStream(seed, 'cells', run.manifest.round).shuffle(cells)
  const half = Math.ceil(count / 2)
  const [first, second] = [draw(some), draw(none)]
  const taken = [...first.slice(0, half), ...second, ...first.slice(half)].slice(0, count)
  return [...new Set([...taken, ...asked])].sort((a, b) => order.get(a)! - order.get(b)!)
}

/** A window of a result's probabilities or disagreement: [height, width] in 0 to 1, NaN where there is no data. */
export async function readShares(path: string, window: PixelWindow, io: CommandIo): Promise<Float32Array> {
  const raster = await io.openRaster(await nodeInput(path), { signal: io.signal })
  const [pixels] = await raster.read({ window, signal: io.signal })
  if (raster.dtype !== 'uint8') return Float32Array.from(pixels!)
  return Float32Array.from(pixels!, value => (value > BYTE_STEPS ? Number.NaN : value / BYTE_STEPS))
}
