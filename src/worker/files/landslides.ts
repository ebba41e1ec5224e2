import { labelComponents } from '../../core/masks/components'
import { type Landslide, landslideAttributes } from '../../core/masks/landslideAttributes'
import { componentsIn, joinMasks, joinPieces, piecesOfEach } from '../../core/masks/mosaic'
import { DEM_BAND, SLOPE_BAND } from '../../core/patches/bands'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { CellPlace } from '../../core/scenes/sceneRecord'
import type { ProjectStore } from '../../storage/projectStore'

/**
 * Landslides of a mask, with what the patch's terrain and the ensemble's stored probability say of each.
 *
 * @param data [14, height, width] of the patch
 * @param mask [height, width] of 0, 1, 255
 */
export async function landslidesOf(
  store: Pick<ProjectStore, 'patch' | 'readProbability'>,
  patchId: string,
  data: Float32Array,
  mask: Uint8Array,
): Promise<Landslide[]> {
  const { width, height, georeference } = await store.patch(patchId)
  const pixels = width * height
  const band = (index: number) => data.subarray(index * pixels, (index + 1) * pixels)
  return landslideAttributes(labelComponents(mask, width, height), {
    elevation: band(DEM_BAND),
    slope: band(SLOPE_BAND),
    probability: await store.readProbability(patchId, ENSEMBLE),
    pixelSize: pixelSizeOf(georeference, width, height).size,
  })
}

/**
 * Those of the first cell, each with what it has on the others: as they would be on one raster.
 *
 * @param cells of one scene, with masks [height, width] of 0, 1, 255
 * @returns in reading order of that raster; windows count from the first cell
 */
export async function landslidesOverCells(
  store: Pick<ProjectStore, 'patch' | 'readProbability' | 'readPixelWindow'>,
  cells: readonly { patchId: string; mask: Uint8Array }[],
): Promise<Landslide[]> {
  const records = await Promise.all(cells.map(({ patchId }) => store.patch(patchId)))
  const placed = records.flatMap(record => (record.cell ? [{ ...record, cell: record.cell }] : []))
  const windows = placed.map(({ cell }) => cell.window)
  const [first] = placed
  const [own] = windows
  if (!first || !own || placed.length < cells.length) return []
  const masks = joinMasks(windows.map((window, at) => ({ window, values: cells[at]!.mask })))
  const around = masks.window
  const inside = { ...own, column: own.column - around.column, row: own.row - around.row }
  const components = componentsIn(labelComponents(masks.values, around.width, around.height), inside)
  const [elevation, slope] = await joinBands(store, placed, [DEM_BAND, SLOPE_BAND])
  const attributes = landslideAttributes(components, {
    elevation: elevation!,
    slope: slope!,
    probability: await joinProbabilities(store, placed),
    pixelSize: pixelSizeOf(first.georeference, first.width, first.height).size,
  })
  const counts = piecesOfEach(
    components,
    around,
    placed.map(({ cell }) => cell),
  )
  return attributes.map((landslide, at) => ({
    ...landslide,
    window: {
      ...landslide.window,
      column: landslide.window.column - inside.column,
      row: landslide.window.row - inside.row,
    },
    ...(counts[at]! > 1 && { cells: counts[at]! }),
  }))
}

type Cell = PatchRecord & { cell: CellPlace }

const noValue = (length: number) => new Float32Array(length).fill(Number.NaN)

async function joinBands(
  store: Pick<ProjectStore, 'readPixelWindow'>,
  cells: readonly Cell[],
  bands: readonly number[],
): Promise<Float32Array[]> {
  const read = await Promise.all(
    cells.map(({ id, width, height }) =>
      store.readPixelWindow(id, { column: 0, row: 0, width, height }, bands),
    ),
  )
  return bands.map((_, at) => {
    const pieces = cells.map(({ cell: { window } }, index) => {
      const area = window.width * window.height
      return { window, values: read[index]!.data.subarray(at * area, (at + 1) * area) }
    })
    return joinPieces(pieces, noValue).values
  })
}

/** null: none of them was predicted. */
async function joinProbabilities(
  store: Pick<ProjectStore, 'readProbability'>,
  cells: readonly Cell[],
): Promise<Float32Array | null> {
  const read = await Promise.all(cells.map(({ id }) => store.readProbability(id, ENSEMBLE)))
  if (read.every(probability => probability === null)) return null
  const pieces = cells.map(({ cell: { window } }, at) => ({
    window,
    values: read[at] ?? noValue(window.width * window.height),
  }))
  return joinPieces(pieces, noValue).values
}
