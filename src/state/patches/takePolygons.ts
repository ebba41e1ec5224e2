import { addReferences, placedPatch } from '../layers/references'
import { offerScenes, releaseDrop } from '../scenes/addScene'
import { closeDialog, openDialog } from '../shell/actions'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { type AttachedAs, attachMasks, holdMasks } from './attachMasks'
import { removalObstacle } from './selectors'
import type { WaitingPolygons } from './slice'

/** What dropped polygons are: landslides that teach or correct, a part of a scene to map, or lines to compare with. */
export type PolygonUse = AttachedAs | 'area' | 'outlines'

/** Why polygons can't be used so; null: they can. */
export function polygonObstacle(state: StudioState, use: PolygonUse): string | null {
  if (use === 'area') return null
  if (!placedPatch(state)) return 'No patch has a location: polygons have no place on any.'
  return use === 'label' ? removalObstacle(state) : null
}

/** Asks what polygons are that were dropped alone. */
export function offerPolygons(studio: Studio, waiting: WaitingPolygons): void {
  forgetPolygons(studio)
  studio.store.change({ patches: { waitingPolygons: waiting } })
  openDialog(studio, 'use-polygons')
}

/** Closes the dialog; nothing is made of the polygons. */
export function closePolygons(studio: Studio): void {
  closeDialog(studio, 'use-polygons')
  forgetPolygons(studio)
}

function forgetPolygons(studio: Studio): void {
  const { waitingPolygons } = studio.store.getState().patches
  if (!waitingPolygons) return
  studio.store.change({ patches: { waitingPolygons: null } })
  releaseDrop(studio, waitingPolygons.drop.id)
}

/** Uses the polygons that wait as a person chose. */
export async function takePolygons(studio: Studio, use: PolygonUse): Promise<void> {
  const { waitingPolygons: waiting } = studio.store.getState().patches
  if (!waiting || polygonObstacle(studio.store.getState(), use)) return
  closeDialog(studio, 'use-polygons')
  if (use === 'area') {
    studio.store.change({ patches: { waitingPolygons: null } })
    offerScenes(studio, waiting.drop, waiting.refused)
    return
  }
  forgetPolygons(studio)
  if (use === 'outlines') await layOver(studio, waiting)
  else await attachPolygons(studio, waiting, use)
}

async function layOver(studio: Studio, { files, drop }: WaitingPolygons): Promise<void> {
  const own = files.filter(({ path }) => drop.areas.includes(path))
  if (own.length === 0)
    notify(studio.store, 'error', 'Unpack the zip and drop its files: outlines are read from files alone.')
  await addReferences(studio, own, files)
}

async function attachPolygons(studio: Studio, waiting: WaitingPolygons, use: AttachedAs): Promise<void> {
  const burnt = await studio.jobs.run(
    'import',
    options => studio.files.call('burnPolygons', { files: [...waiting.files] }, options),
    { again: () => attachPolygons(studio, waiting, use), work: null },
  )
  if (!burnt) return
  if (burnt.masks.length === 0) {
    notify(studio.store, 'error', 'No polygon lies on a patch of this project: nothing was changed.')
    return
  }
  holdMasks(studio, burnt.masks)
  await attachMasks(studio, use)
}
