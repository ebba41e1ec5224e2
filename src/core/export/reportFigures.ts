import { pointTransform, projectionOf } from '../scenes/projection'
import type { MapLayout } from './mapPicture'

/** A text in HTML or SVG, as a text and nothing else. */
export function escapeHtml(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '�').replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** Width of the printed page between its margins, millimetres. */
export const PAGE_WIDTH = 182

const HIGHEST_MAP = 122

/** Room for coordinates around a map. */
const MARGIN = 5

/**
 * The map with a scale bar, coordinates at its corners and the north, as SVG in millimetres.
 *
 * @param png of the picture
 */
export async function mapFigure(layout: MapLayout, png: string): Promise<string> {
  const isMap = layout.bounds !== null
  const margin = isMap ? MARGIN : 0
  const scale = Math.min((PAGE_WIDTH - 2 * margin) / layout.width, HIGHEST_MAP / layout.height)
  const [width, height] = [layout.width * scale, layout.height * scale]
  const left = (PAGE_WIDTH - width) / 2
  const whole = height + 2 * margin
  const parts = [
    `<image x="${mm(left)}" y="${mm(margin)}" width="${mm(width)}" height="${mm(height)}" href="${png}"/>`,
  ]
  if (isMap) {
    parts.push(
      `<rect class="neat" x="${mm(left)}" y="${mm(margin)}" width="${mm(width)}" height="${mm(height)}"/>`,
      ...(await corners(layout, left, margin, width, height)),
      ...scaleBar(layout, scale, left, margin + height),
      north(left + width - 6, margin + 3),
    )
  }
  return `<svg class="map" viewBox="0 0 ${PAGE_WIDTH} ${mm(whole)}" role="img" aria-label="Map of the landslides">${parts.join('')}</svg>`
}

const mm = (length: number) => String(Math.round(length * 100) / 100)

/** Longitude and latitude at the four corners. */
async function corners(
  { bounds, crs }: MapLayout,
  left: number,
  top: number,
  width: number,
  height: number,
): Promise<string[]> {
  const system = { crs, geoKeys: null }
  const move = await pointTransform(
    await projectionOf(system, 'map'),
    await projectionOf({ crs: 'EPSG:4326', geoKeys: null }, 'map'),
  )
  const [west, south, east, north] = bounds!
  return (
    [
      [west, north, left, top - 1.5, 'start'],
      [east, north, left + width, top - 1.5, 'end'],
      [west, south, left, top + height + 3.5, 'start'],
      [east, south, left + width, top + height + 3.5, 'end'],
    ] as const
  ).map(([x, y, at, down, anchor]) => {
    const [lon, lat] = move(x, y)
    return `<text x="${mm(at)}" y="${mm(down)}" text-anchor="${anchor}">${degrees(lat, 'N', 'S')} ${degrees(lon, 'E', 'W')}</text>`
  })
}

function degrees(value: number, positive: string, negative: string): string {
  return `${Math.abs(value).toFixed(4)}° ${value < 0 ? negative : positive}`
}

/** A round length of about a quarter of the map, below it in the middle. */
function scaleBar(
  { metresPerPixel, width }: MapLayout,
  scale: number,
  left: number,
  bottom: number,
): string[] {
  if (!metresPerPixel) return []
  const quarter = (width * metresPerPixel) / 4
  const decade = 10 ** Math.floor(Math.log10(quarter))
  const metres = [5, 2, 1].map(step => step * decade).find(length => length <= quarter) ?? decade
  const length = (metres / metresPerPixel) * scale
  const from = left + (width * scale - length) / 2
  const label = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`
  return [
    `<path class="bar" d="M${mm(from)} ${mm(bottom + 1)}v1.4h${mm(length)}v-1.4"/>`,
    `<text x="${mm(from + length + 1.5)}" y="${mm(bottom + 3.2)}">${label}</text>`,
  ]
}

function north(x: number, y: number): string {
  return `<g transform="translate(${mm(x)} ${mm(y)})"><path class="north" d="M1.8 0L3.4 5L1.8 4L0.2 5Z"/><text class="on-map" x="1.8" y="8" text-anchor="middle">N</text></g>`
}

const BINS_A_DECADE = [1, 3]

/** Millimetres of a label: its characters at 2.5 mm (`reportStyle`), and the gap beside it. */
const labelWidth = (text: string) => 1.4 * text.length + 1

/**
 * How many landslides are how large, in bins of 1, 3, 10, 30 ..., as SVG.
 *
 * @param sizes positive, in `unit`
 */
export function sizeHistogram(sizes: readonly number[], unit: 'm²' | 'px'): string {
  const positive = sizes.filter(size => size > 0)
  if (positive.length === 0) return ''
  const edges: number[] = []
  const [smallest, largest] = [extreme(positive, Math.min), extreme(positive, Math.max)]
  for (let decade = 10 ** Math.floor(Math.log10(smallest)); ; decade *= 10) {
    for (const step of BINS_A_DECADE) edges.push(step * decade)
    if (decade > largest) break
  }
  while (edges.length > 2 && edges[1]! <= smallest) edges.shift()
  while (edges.length > 2 && edges.at(-2)! > largest) edges.pop()
  const counts = edges
    .slice(1)
    .map((upper, i) => positive.filter(size => size >= edges[i]! && size < upper).length)
  const most = Math.max(...counts)
  const [width, height, foot, side] = [88, 27, 5, 5]
  const step = (width - 2 * side) / counts.length
  const bars = counts.map((count, i) => {
    const tall = (count / most) * (height - 4)
    const x = side + i * step
    const label =
      count > 0
        ? `<text x="${mm(x + step / 2)}" y="${mm(height - tall - 1)}" text-anchor="middle">${count.toLocaleString('en')}</text>`
        : ''
    return `<rect class="column" x="${mm(x + 0.4)}" y="${mm(height - tall)}" width="${mm(step - 0.8)}" height="${mm(tall)}"/>${label}`
  })
  // As many labels as fit beside each other.
  const texts = edges.map(edge => sizeText(edge, unit))
  const every = Math.ceil(Math.max(...texts.map(labelWidth)) / step)
  const labels = texts.map((text, i) =>
    i % every === 0
      ? `<text x="${mm(side + i * step)}" y="${mm(height + 3.6)}" text-anchor="middle">${text}</text>`
      : '',
  )
  return `<svg class="histogram" viewBox="0 0 ${width} ${height + foot}" role="img" aria-label="Landslides by size"><path class="bar" d="M0 ${height}h${width}"/>${bars.join('')}${labels.join('')}</svg>`
}

/** Of a list that may be too long to be arguments. */
function extreme(values: readonly number[], of: (a: number, b: number) => number): number {
  return values.reduce((a, b) => of(a, b))
}

/** "300 m²", "3 ha", "30 px". */
export function sizeText(size: number, unit: 'm²' | 'px'): string {
  if (unit === 'px') return `${figure(size)} px`
  return size >= 10_000 ? `${figure(size / 10_000)} ha` : `${figure(size)} m²`
}

/** Three significant digits, groups of thousands. */
export function figure(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString('en')
    : Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 6 })
}
