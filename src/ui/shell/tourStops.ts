export interface TourStop {
  /** What is pointed at: the first of these that is on screen. */
  target: string
  title: string
  /** {id} stands for the key of that command. */
  text: string
  /** The column that has to be open for it. */
  column?: 'patches' | 'panels'
  /** The panel that has to be unfolded for it. */
  panel?: string
}

/** The way of a patch through the studio, in the order in which an analyst meets it. */
export const TOUR_STOPS: readonly TourStop[] = [
  {
    target: '[aria-label="Patches"]',
    title: 'The queue',
    text: 'All patches of the project. Drop more at any time, or a Sentinel-2 product with its DEM, which is cut into cells. Source patches have labels to train on; target patches wait for your verdict. {next-patch} and {previous-patch} move down and up.',
    column: 'patches',
  },
  {
    target: '.map-stage',
    title: 'The image',
    text: 'Drag to pan, scroll to zoom, {fit} to fit. Hold {peek} to hide the overlays.',
  },
  {
    target: '[aria-label="Layers"]',
    title: 'Layers',
    text: 'Composites, relief, the mask and how sure the networks are. Nothing here changes a mask.',
    column: 'panels',
    panel: 'Layers',
  },
  {
    target: '[aria-label="Tools"], .tool-rail',
    title: 'Tools',
    text: 'Correct the mask of a target patch: {brush} paints, {erase} erases. Each stroke is saved at once, and {undo} undoes it.',
  },
  {
    target: '[aria-label="Review"]',
    title: 'Verdicts',
    text: 'Run the ensemble, set the threshold, then judge: {accept} accepts the mask exactly as shown, {reject} rejects the patch, {unsure} leaves it for later. The next patch follows automatically.',
  },
  {
    target: '[aria-label="Rounds"]',
    title: 'Rounds',
    text: 'A round trains the networks on the labels, your verdicts and confident pseudo-labels, then maps the target again. You can pause a round, and compare rounds.',
    column: 'panels',
    panel: 'Rounds',
  },
  {
    target: '[aria-label="Export"]',
    title: 'Export',
    text: 'GeoTIFFs that open in QGIS with their coordinate system. {palette} finds every command, and {cheat-sheet} lists the keys.',
  },
]
interface Box {
  left: number
  top: number
  width: number
  height: number
}

const GAP = 12

const MARGIN = 8

/**
 * Where a card beside a target goes, all in CSS pixels of the window: right of it, else left, below, above, where it
 * fits; else inside its lower edge. Never beyond the window.
 */
export function placeCard(
  target: Box,
  card: { width: number; height: number },
  room: { width: number; height: number },
): { left: number; top: number } {
  const middle = target.top + target.height / 2 - card.height / 2
  const centre = target.left + target.width / 2 - card.width / 2
  const places = [
    { left: target.left + target.width + GAP, top: middle },
    { left: target.left - card.width - GAP, top: middle },
    { left: centre, top: target.top + target.height + GAP },
    { left: centre, top: target.top - card.height - GAP },
  ]
  const along = (value: number, size: number, all: number) =>
    Math.max(MARGIN, Math.min(value, all - size - MARGIN))
  const kept = (place: { left: number; top: number }) => ({
    left: along(place.left, card.width, room.width),
    top: along(place.top, card.height, room.height),
  })
  const clear = places.map(kept).find(place => !overlaps({ ...place, ...card }, target))
  return clear ?? kept({ left: centre, top: target.top + target.height - card.height - GAP })
}

function overlaps(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  )
}
