import type { Layer } from '@deck.gl/core'
import { PathLayer } from '@deck.gl/layers'
import { toAppError } from '../../core/foundation/appError'
import type { ReferenceLayer } from '../../state/layers/slice'
import { notifyError } from '../../state/shell/notices'
import type { Studio } from '../../state/studio'
import type { MapSpace, PlacedGroup } from './placement'

/** White over a dark line, since the ground has every colour. */
const LINE = [255, 255, 255, 235] as const
const CASING = [10, 12, 13, 170] as const

interface Outlines {
  /** Rings in coordinates of the map's system; null: on their way, or they have no place there. */
  rings: readonly (readonly number[])[] | null
}

/** Outlines of files that were laid over the map, in the coordinate system that it shows. */
export class ReferenceLines {
  /** By layer and coordinate system. */
  private readonly known = new Map<string, Outlines>()
  private readonly paths = new WeakMap<Outlines, { of: PlacedGroup; paths: [number, number][][] }>()

  constructor(
    private readonly studio: Studio,
    private readonly onReady: () => void,
  ) {}

  layers(group: PlacedGroup, space: MapSpace): Layer[] {
    const { references } = this.studio.store.getState().layers
    return references
      .filter(({ shown }) => shown)
      .flatMap(reference => {
        const data = this.pathsOf(reference, group, space)
        const line = (id: string, color: readonly number[], width: number) =>
          new PathLayer<[number, number][]>({
            id: `${id}/${reference.id}`,
            data,
            getPath: path => path,
            getColor: [...color] as never,
            getWidth: width,
            widthUnits: 'pixels',
            jointRounded: true,
          })
        return [line('reference-casing', CASING, 3.5), line('reference', LINE, 1.5)]
      })
  }

  private pathsOf(reference: ReferenceLayer, group: PlacedGroup, space: MapSpace): [number, number][][] {
    const outlines = this.outlinesOf(reference, group)
    const held = this.paths.get(outlines)
    if (held?.of === group) return held.paths
    const paths = (outlines.rings ?? []).map(ring => {
      const path: [number, number][] = []
      for (let i = 0; i < ring.length; i += 2) path.push(space.fromWorld([ring[i]!, ring[i + 1]!]))
      if (path[0]) path.push(path[0])
      return path
    })
    this.paths.set(outlines, { of: group, paths })
    return paths
  }

  private outlinesOf({ id, path, file, beside }: ReferenceLayer, group: PlacedGroup): Outlines {
    const key = `${id}/${group.system.key}`
    const known = this.known.get(key)
    if (known) return known
    const reading: Outlines = { rings: null }
    this.known.set(key, reading)
    const georeference = group.placed[0]?.patch.georeference
    if (georeference) {
      this.studio.files.call('readOutlines', { path, file, georeference, ...(beside && { beside }) }).then(
        rings => {
          this.known.set(key, { rings })
          this.onReady()
        },
        (thrown: unknown) => notifyError(this.studio.store, toAppError(thrown)),
      )
    }
    return reading
  }
}
