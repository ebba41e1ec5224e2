import type { Landslide, LandslideOrder } from '../../core/masks/landslideAttributes'

export interface LandslideColumn {
  id: string
  /** Above the column: short, with its unit. */
  title: string
  /** What the column holds, in words. */
  detail: string
  value(landslide: Landslide): string
}

const DASH = '–'
const HECTARE = 10_000

/** Columns of the list: in metres where the size of a pixel is known, else in pixels. */
export function landslideColumns(
  landslides: readonly Landslide[],
  order: LandslideOrder,
): readonly LandslideColumn[] {
  return [
    areaColumn(landslides),
    {
      id: 'relief',
      title: 'Relief m',
      detail: 'Highest less lowest elevation, metres',
      value: ({ relief }) => (relief === null ? DASH : relief.toFixed(relief < 10 ? 1 : 0)),
    },
    {
      id: 'slope',
      title: 'Slope °',
      detail: 'Mean slope, degrees',
      value: ({ meanSlope }) => (meanSlope === null ? DASH : meanSlope.toFixed(0)),
    },
    {
      id: 'way',
      title: landslides.some(({ area }) => area !== null) ? 'Way m' : 'Way px',
      detail: 'Longest way down inside the landslide, measured in plan',
      value: ({ downslope, area }) =>
        downslope === null ? DASH : downslope.length.toFixed(area === null ? 1 : 0),
    },
    order === 'uncertainty'
      ? {
          id: 'uncertainty',
          title: 'Unsure',
          detail: 'Mean entropy of the probability, 0 certain to 1 undecided',
          value: ({ uncertainty }) => (uncertainty === null ? DASH : uncertainty.toFixed(2)),
        }
      : {
          id: 'probability',
          title: 'Prob.',
          detail: 'Mean probability of the ensemble',
          value: ({ meanProbability }) => (meanProbability === null ? DASH : meanProbability.toFixed(2)),
        },
  ]
}

function areaColumn(landslides: readonly Landslide[]): LandslideColumn {
  if (landslides.every(({ area }) => area === null)) {
    return { id: 'area', title: 'Area px', detail: 'Area, pixels', value: ({ pixels }) => count(pixels) }
  }
  const hectares = landslides.some(({ area }) => (area ?? 0) >= HECTARE)
  return {
    id: 'area',
    title: hectares ? 'Area ha' : 'Area m²',
    detail: hectares ? 'Area in plan, hectares' : 'Area in plan, square metres',
    value: ({ area }) => {
      if (area === null) return DASH
      return hectares ? (area / HECTARE).toFixed(2) : count(Math.round(area))
    },
  }
}

/** A landslide in words, for those who do not see the columns. */
export function describeLandslide(landslide: Landslide, columns: readonly LandslideColumn[]): string {
  const { number, pixels, area, downslope } = landslide
  const parts = columns
    .filter(({ id }) => id !== 'way' && id !== 'area')
    .map(column => `${column.detail.split(',')[0]!.toLowerCase()} ${spoken(column.value(landslide))}`)
  const size = area === null ? '' : `, ${count(Math.round(area))} square metres`
  const unit = area === null ? 'pixels' : 'metres'
  const way = downslope
    ? `longest way down ${downslope.length.toFixed(area === null ? 1 : 0)} ${unit}, falling ${downslope.drop.toFixed(0)} metres`
    : 'no way down: the elevation is missing'
  const cells = cellsText(landslide)
  const over = cells && `, ${cells.toLowerCase()}`
  return `Landslide ${number}: ${count(pixels)} pixels${size}${over}, ${parts.join(', ')}, ${way}`
}

/** "On 3 cells", of a landslide that crosses borders of cells; else nothing. */
export function cellsText({ cells }: Pick<Landslide, 'cells'>): string {
  return cells ? `On ${cells} cells` : ''
}

function spoken(value: string): string {
  return value === DASH ? 'not known' : value
}

function count(value: number): string {
  return value.toLocaleString('en')
}
