import type { ModelSummary } from '../worker/protocol'
import { FAMILY_TITLES } from './slices/roundsSlice'

/** The networks that gave a patch its probabilities, as they are called: by title where two are of one family. */
export function memberTitles(
  models: readonly ModelSummary[],
  ids: readonly string[],
): { id: string; title: string }[] {
  const members = models.filter(model => ids.includes(model.id))
  return members.map(({ id, family, title }) => {
    const alone = members.filter(other => other.family === family).length === 1
    return { id, title: alone ? FAMILY_TITLES[family] : title }
  })
}
