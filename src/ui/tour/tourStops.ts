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
    text: 'Every patch of the project. Source patches have labels to learn from; target patches wait for your verdict. {next-patch} and {previous-patch} go down and up.',
    column: 'patches',
  },
  {
    target: '.map-stage',
    title: 'The image',
    text: 'Drag to pan, scroll to zoom, {fit} to fit. Hold {peek} to see the image without anything on top of it.',
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
    text: 'Correct the mask of a target patch: {brush} paints, {erase} erases. Each stroke is saved at once, and {undo} takes any of them back.',
  },
  {
    target: '[aria-label="Review"]',
    title: 'Verdicts',
    text: 'Run the ensemble, set the threshold, then judge: {accept} accepts the mask exactly as shown, {reject} rejects the patch, {unsure} leaves it for later. The next patch comes by itself.',
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
    text: 'GeoTIFFs that open in QGIS with their coordinate system. {palette} finds every command, and {cheat-sheet} lists the keys. That is all.',
  },
]
