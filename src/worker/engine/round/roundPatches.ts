import { AppError } from '../../../core/foundation/appError'
import type { PatchProvider } from '../../../core/refinement/patchProvider'
import type { PatchRecord, ProjectStore } from '../../../storage/projectStore'

/**
 * Patches of a round, read from the project one at a time.
 *
 * @param onLoad called for each that is read.
 * @throws AppError `bad-argument` where one was removed since the round began.
 */
export function roundPatches(
  store: ProjectStore,
  records: ReadonlyMap<string, PatchRecord>,
  ids: readonly string[],
  onLoad: () => void = () => {},
): PatchProvider {
  const missing = ids.filter(id => !records.has(id))
  if (missing.length > 0) {
    throw new AppError(
      'bad-argument',
      `The round needs patches that are gone (${missing.slice(0, 3).join(', ')}): add them again, or discard the round.`,
    )
  }
  const part = new Set(ids)
  return {
    ids: [...ids],
    async load(id) {
      const record = part.has(id) ? records.get(id) : undefined
      if (!record)
        throw new AppError('internal', `The round asked for patch "${id}", which is not part of it.`)
      onLoad()
      return { width: record.width, height: record.height, ...(await store.readPixels(id)) }
    },
  }
}
