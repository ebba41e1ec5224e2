import { AppError } from '../../core/foundation/appError'
import { safeFileNames } from '../../core/foundation/fileNames'
import { cutOut } from '../../core/patches/cutOut'
import type { Patch } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { georeferenceOf } from '../../core/scenes/stack'
import type { CommandIo } from '../node/commandIo'
import { withEvent } from '../openEvent'
import { inputChecker } from './checkInput'
import { type ResultCell, readShares } from './chooseCells'
import { choicesOf, type Run } from './manifest'

/** A piece of a result with the pixels below it. */
export interface ReadCell {
  cell: ResultCell
  /** Of the target, without a label; its id and name are unique among the pieces. */
  patch: Patch
  /** [height, width] in 0 to 1, NaN where there is no data, or nothing was predicted. */
  probability: Float32Array
}

/**
 * Reads the pixels below pieces of a run's results, input by input, each as a patch of the target.
 *
 * @param means [14] raw units, for bands that a product does not have
 * @param onCell called with one after the other
 * @throws AppError as `inputChecker`, `withEvent`; `bad-argument` where an input is not what its result was made of
 */
export async function readCells(
  run: Run,
  cells: readonly ResultCell[],
  means: readonly number[],
  io: CommandIo,
  onCell: (read: ReadCell) => Promise<void>,
): Promise<void> {
  const check = inputChecker(run, io)
  const names = safeFileNames(cells.map(({ input, index }) => `${input.name}-${index + 1}`))
  for (const input of run.manifest.inputs) {
    const own = cells.filter(cell => cell.input === input)
    if (own.length === 0) continue
    await check(input)
    await withEvent(input.sources, choicesOf(run.manifest), means, io, async event => {
      const patches = event.spool.patches
      for (const cell of own) {
        const { window, size } = cell
        const patch = patches[cell.index]
        const scene = event.scenes[cell.index - patches.length]
        const found = patch ?? scene?.wanted.window
        if (found?.width !== size.width || found.height !== size.height) {
          throw new AppError(
            'bad-argument',
            `"${input.name}" is not what its result was made of: plan a new run.`,
          )
        }
        const at = patch ? window : shifted(window, scene!.wanted.window)
        const read = patch
          ? cutOut(await event.spool.load(patch.id), window)
          : await scene!.pixels.read(at, io.signal)
        const probability = await readShares(cell.probability, window, io)
        const name = names[cells.indexOf(cell)]!
        await onCell({
          cell,
          patch: {
            id: name,
            name,
            domain: 'target',
            width: window.width,
            height: window.height,
            data: read.data,
            // Outside the area of interest nothing was predicted, and nothing is to be learned.
            valid: Uint8Array.from(probability, (p, i) => Number(!Number.isNaN(p) && read.valid?.[i] !== 0)),
            label: null,
            scale: patch?.scale ?? 'raw',
            georeference: georeferenceOf((patch ?? scene)!.georeference, at),
          },
          probability,
        })
      }
    })
  }
}

function shifted({ column, row, width, height }: PixelWindow, by: PixelWindow): PixelWindow {
  return { column: column + by.column, row: row + by.row, width, height }
}
