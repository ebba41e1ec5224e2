import type { Studio } from '../studio'

/** Takes the scenes from the storage again, where a worker may have changed them. */
export async function readScenes({ store, storage }: Pick<Studio, 'store' | 'storage'>): Promise<void> {
  const list = await storage.scenes()
  store.change({ scenes: { list } })
}
