export interface TourStop {
  /** What is pointed at: the first of these that is on screen. */
  target: string
  title: string
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
    text: 'Every patch of the project. Source patches have labels to learn from; target patches wait for your verdict. J and K go down and up.',
    column: 'patches',
  },
  {
    target: '.map-stage',
    title: 'The image',
    text: 'Drag to pan, scroll to zoom, 0 to fit. Hold H to see the image without anything on top of it.',
  },
  {
    target: '[aria-label="Layers"]',
    title: 'Layers',
    text: 'Composites, relief, the mask and how sure the networks are. Nothing here changes a mask: look at a patch from as many sides as you like.',
    column: 'panels',
    panel: 'Layers',
  },
  {
    target: '[aria-label="Tools"], .tool-rail',
    title: 'Tools',
    text: 'Correct the mask of a target patch: B paints, E erases. Each stroke is saved at once, and Ctrl+Z takes any of them back.',
  },
  {
    target: '[aria-label="Review"]',
    title: 'Verdicts',
    text: 'Run the ensemble, set the threshold, then judge: A accepts the mask exactly as shown, R rejects the patch, U leaves it for later. The next patch comes by itself.',
  },
  {
    target: '[aria-label="Rounds"]',
    title: 'Rounds',
    text: 'A round trains the networks on the labels, your verdicts and confident pseudo-labels, then maps the target anew. It can pause, and every round can be compared.',
    column: 'panels',
    panel: 'Rounds',
  },
  {
    target: '[aria-label="Export"]',
    title: 'A mask on disk',
    text: 'GeoTIFFs that open in QGIS with their coordinate system. Ctrl+K finds every command, and ? lists the keys. That is all.',
  },
]
