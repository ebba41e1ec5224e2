import { z } from '../foundation/schema'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import type { Polygon } from '../scenes/polygons'
import { toPixels } from '../scenes/rasterMosaic'

/** An item of metadata that readers take: an area of some hundred vertices. */
const LONGEST_TAG = 4000

const ring = z
  .array(z.number())
  .min(6)
  .refine(({ length }) => length % 2 === 0)

const areaSchema = z.object({ crs: z.string(), polygons: z.array(z.array(ring).min(1)).min(1) })

/** An area of interest of a scene in the pixels of one of its windows. */
export function movedArea(area: readonly Polygon[], { column, row }: PixelWindow): Polygon[] {
  const moved = (at: number, i: number) => at - (i % 2 === 0 ? column : row)
  return area.map(polygon => polygon.map(one => one.map(moved)))
}

/**
 * The area of interest of a mask as GDAL metadata, for whoever makes an inventory of the file: its coordinate system, and
 * rings of x, y, x, y ... in it, since programs keep metadata when they cut a raster. None where the mask has no place,
 * or the area is too long for an item that readers take.
 *
 * @param area in the mask's pixels
 */
export function areaTag(
  area: readonly Polygon[],
  georeference: Pick<Georeference, 'crs' | 'transform'> | null,
): Record<string, string> {
  const { crs, transform } = georeference ?? {}
  if (!crs || !transform) return {}
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
  const polygons = area.map(polygon =>
    polygon.map(one =>
      one.map((at, i) => {
        const [column, row] = i % 2 === 0 ? [at, one[i + 1]!] : [one[i - 1]!, at]
        return i % 2 === 0 ? x0 + column * xColumn + row * xRow : y0 + column * yColumn + row * yRow
      }),
    ),
  )
  const text = JSON.stringify({ crs, polygons })
  return text.length <= LONGEST_TAG ? { SCARP_AREA: text } : {}
}

/**
 * The area of interest that a mask's tags name, in its pixels.
 *
 * @param tags of a file, as hostile as it
 * @returns null: there is none, it cannot be read, or it is in another coordinate system than the mask
 */
export function areaOfTags(
  { SCARP_AREA: text }: Readonly<Record<string, string>>,
  georeference: Pick<Georeference, 'crs' | 'transform'> | null,
): Polygon[] | null {
  const { crs, transform } = georeference ?? {}
  if (text === undefined || text.length > LONGEST_TAG || !crs || !transform) return null
  const area = parsed(text)
  if (area?.crs !== crs) return null
  return area.polygons.map(polygon =>
    polygon.map(one => {
      const moved: number[] = []
      for (let i = 0; i < one.length; i += 2) moved.push(...toPixels(transform, one[i]!, one[i + 1]!))
      return moved
    }),
  )
}

function parsed(text: string): z.infer<typeof areaSchema> | null {
  try {
    return areaSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
