import type { FileNote } from '../fileNote'
import type { AffineTransform, Georeference } from '../rasterSource'

/** Geographic systems of EPSG, whose axes are latitude and longitude in this order. */
const isGeographic = (code: number) => code >= 4000 && code < 5000

/**
 * The georeference of a GMLJP2 document (OGC 05-047r3, 08-085): a rectified grid whose origin is the centre of the
 * first pixel, and the steps along a row and down a column.
 *
 * Its coordinates are in the order of the system's axes, north first for many, and not all writers keep to that. A grid
 * that is not turned shows the order by itself: along a row only the easting changes. A turned one is read by its code.
 *
 * @param xml documents of the file, GMLJP2 or not
 * @param notes receives what a person should know
 * @returns null where none of them places the image
 */
export function readGmlGeoreference(xml: readonly string[], notes: FileNote[]): Georeference | null {
  for (const text of xml) {
    const grid = element(text, 'RectifiedGrid')
    if (!grid) continue
    const point = element(grid.content, 'origin') ?? element(grid.content, 'Origin')
    const place = numbers(point && (element(point.content, 'pos') ?? element(point.content, 'coordinates')))
    const steps = elements(grid.content, 'offsetVector').map(numbers)
    const name = srsName(point?.content) ?? srsName(grid.open) ?? srsName(grid.content) ?? srsName(text)
    const crs = crsOf(name)
    const [along, down] = steps
    if (!place || !along || !down) continue
    if (name && !crs) {
      notes.push({
        reason: 'no-epsg',
        message: `The coordinate system "${name.slice(0, 60)}" has no EPSG code and is left out.`,
      })
    }
    const isNorthFirst = northFirst(along, down, crs)
    const [x, y] = isNorthFirst ? [1, 0] : [0, 1]
    const centre = [place[x]!, along[x]!, down[x]!, place[y]!, along[y]!, down[y]!] as const
    const transform = cornerOf(centre)
    if (!transform) {
      notes.push({ reason: 'position', message: 'The transform is not finite and was left out.' })
      continue
    }
    return { crs: crs?.name ?? null, transform, geoKeys: null }
  }
  return null
}

function cornerOf([x, xColumn, xRow, y, yColumn, yRow]: AffineTransform): AffineTransform | null {
  const corner = [x - (xColumn + xRow) / 2, xColumn, xRow, y - (yColumn + yRow) / 2, yColumn, yRow] as const
  // Pixels without an area have no place.
  return corner.every(Number.isFinite) && xColumn * yRow - xRow * yColumn !== 0 ? corner : null
}

interface Crs {
  name: string
  /** Whether the code's axes are north and east; null: not known here. */
  isNorthFirst: boolean
}

function northFirst(along: readonly number[], down: readonly number[], crs: Crs | null): boolean {
  if (along[1] === 0 && down[0] === 0) return false
  if (along[0] === 0 && down[1] === 0) return true
  return crs?.isNorthFirst ?? false
}

/** "urn:ogc:def:crs:EPSG::32633", ".../def/crs/EPSG/0/32633", "EPSG:32633", and OGC's CRS84. */
function crsOf(name: string | null): Crs | null {
  if (!name) return null
  if (/\bCRS:?84$/i.test(name)) return { name: 'EPSG:4326', isNorthFirst: false }
  const code = Number(/EPSG(?::[\d.]*:|\/[\d.]+\/|:)(\d{4,6})$/i.exec(name)?.[1])
  if (!Number.isInteger(code)) return null
  return { name: `EPSG:${code}`, isNorthFirst: isGeographic(code) && !/^EPSG:/i.test(name) }
}

interface XmlElement {
  /** The opening tag, with its attributes. */
  open: string
  content: string
}

/** The first element of a name, whatever its prefix. */
function element(xml: string, name: string): XmlElement | null {
  return elements(xml, name)[0] ?? null
}

const MOST_ELEMENTS = 8

function elements(xml: string, name: string): XmlElement[] {
  const found: XmlElement[] = []
  const opening = new RegExp(`<((?:[\\w.-]{1,40}:)?${name})(?=[\\s>])[^<>]{0,2000}>`, 'g')
  while (found.length < MOST_ELEMENTS) {
    const match = opening.exec(xml)
    if (!match) break
    const begin = match.index + match[0].length
    const end = xml.indexOf(`</${match[1]}>`, begin)
    if (end < 0) break
    found.push({ open: match[0], content: xml.slice(begin, end) })
    opening.lastIndex = end
  }
  return found
}

function srsName(xml: string | undefined): string | null {
  return /\bsrsName\s*=\s*["']([^"'<>]{1,200})["']/.exec(xml ?? '')?.[1]?.trim() ?? null
}

/** The first two numbers of an element; null where there are fewer. */
function numbers(of: XmlElement | null | undefined): [number, number] | null {
  const [first, second] = (of?.content.trim().split(/[\s,]+/, 3) ?? [])
    .filter(text => text !== '')
    .map(Number)
  return first !== undefined && second !== undefined && Number.isFinite(first) && Number.isFinite(second)
    ? [first, second]
    : null
}
