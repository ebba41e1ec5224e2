import { BACKGROUND, LANDSLIDE } from '../patches/patch'
import type { ProjectReader } from '../project/projectReader'
import { GroundOnce, type MapPart } from '../review/groundOnce'
import { stateRank } from '../review/provenance'
import { areaMask } from '../scenes/polygons'
import { type AskedMask, readAskedMask } from './exportedMask'

type Store = Pick<ProjectReader, 'scenes' | 'readMask' | 'readProbability' | 'readPixelWindow'>

/**
 * The ground of a project's masks, each place in one of them: in that whose mask counts in an exported mosaic (a judged one
 * before a painted, that before a prediction, then the scene that was taken later), else in the first of the project. A
 * mask says nothing where it is ignored, without data, or outside its scene's area of interest. Rejected masks own nothing.
 *
 * @param groupOf the raster in which a cell lies beside others that share no ground with it; by default its scene
 */
export async function groundOfMasks(
  store: Store,
  asked: readonly AskedMask[],
  threshold: number,
  groupOf = (sceneId: string) => sceneId,
): Promise<GroundOnce> {
  return GroundOnce.of(await groundParts(store, asked, threshold, groupOf))
}

/** The parts of `groundOfMasks`, in the order in which they own the ground. */
export async function groundParts(
  store: Store,
  asked: readonly AskedMask[],
  threshold: number,
  groupOf: (sceneId: string) => string,
): Promise<MapPart[]> {
  const scenes = new Map((await store.scenes()).map(scene => [scene.id, scene]))
  const areas = new Map(
    [...scenes.values()].flatMap(({ id, area }) => (area ? [[id, areaMask(area.polygons)]] : [])),
  )
  const taken = ({ record: { cell } }: AskedMask) => scenes.get(cell?.sceneId ?? '')?.sensed ?? ''
  return asked
    .filter(({ provenance }) => provenance.state !== 'rejected')
    .sort(
      (a, b) =>
        stateRank(b.provenance.state) - stateRank(a.provenance.state) ||
        (taken(a) < taken(b) ? 1 : taken(a) > taken(b) ? -1 : 0),
    )
    .map((one): MapPart => {
      const { id, width, height, georeference, cell } = one.record
      return {
        ...{ id, width, height, georeference },
        group: cell ? groupOf(cell.sceneId) : null,
        async readKnown() {
          // No band is read.
          const { valid } = await store.readPixelWindow(id, { column: 0, row: 0, width, height }, [])
          const mask = await readAskedMask(store, one, threshold, valid)
          const inside = cell && areas.get(cell.sceneId)?.(cell.window)
          const says = (value: number, i: number) =>
            (value === BACKGROUND || value === LANDSLIDE) && valid?.[i] !== 0 && inside?.[i] !== 0
          return mask?.map((value, i) => Number(says(value, i))) ?? null
        },
      }
    })
}
