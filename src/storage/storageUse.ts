import type { BytePath, ByteStore } from './byteStore'
import type { ProjectStore } from './projectStore'

/** Bytes of the project's files by what they are for. */
export interface StorageUse {
  /** `networks`: probabilities of single networks; `checkpoints`: the unfinished round. */
  kind: 'pixels' | 'masks' | 'ensemble' | 'networks' | 'models' | 'checkpoints'
  bytes: number
}

const ENSEMBLE = 'ensemble'

export function storageUseMethods(bytes: ByteStore): Pick<ProjectStore, 'storageUse' | 'removePredictions'> {
  const sum = async (folder: string, counts: (names: string[]) => boolean = () => true): Promise<number> => {
    let total = 0
    await bytes.walk([folder], (names, size) => {
      if (counts(names)) total += size
    })
    return total
  }
  return {
    async storageUse() {
      return [
        { kind: 'pixels', bytes: await sum('pixels') },
        { kind: 'masks', bytes: await sum('masks') },
        { kind: 'ensemble', bytes: await sum('probabilities', names => names.at(-1) === ENSEMBLE) },
        { kind: 'networks', bytes: await sum('probabilities', names => names.at(-1) !== ENSEMBLE) },
        { kind: 'models', bytes: await sum('models') },
        { kind: 'checkpoints', bytes: await sum('rounds') },
      ]
    },
    async removePredictions(keepModelIds) {
      const kept = new Set([ENSEMBLE, ...keepModelIds])
      const paths: BytePath[] = []
      let freed = 0
      await bytes.walk(['probabilities'], (names, size) => {
        if (kept.has(names.at(-1)!)) return
        paths.push(['probabilities', ...names])
        freed += size
      })
      for (const path of paths) await bytes.remove(path)
      return freed
    },
  }
}
