import type { ModelCatalogue } from '../modelCatalogue'

/**
 * The scale promotion that a round goes on with where none is asked for: the largest that the models it begins from
 * learned with, 1 without any. A network that learned on enlarged images loses most of it where they stay small.
 */
export async function parentScale(catalogue: ModelCatalogue, parents: readonly string[]): Promise<number> {
  const manifests = await Promise.all(parents.map(id => catalogue.manifest(id)))
  return Math.max(1, ...manifests.map(({ scale }) => scale))
}
