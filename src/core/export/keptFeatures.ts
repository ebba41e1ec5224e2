import type { Feature, VectorLayer } from './vectorLayer'
import type { BlockStore } from './writeCog'

/** Characters that are written together, and bytes that are read together. */
const CHUNK = 2 ** 18

/**
 * A layer whose features are made once, however many files are written of it: the first pass over them keeps each as a line
 * of JSON in a store, later ones read it there.
 *
 * @param place counts the bytes of the store, which layers may share one after the other
 */
export function keptFeatures(layer: VectorLayer, store: BlockStore, place: { end: number }): VectorLayer {
  let kept: { begin: number; end: number } | null = null
  return {
    ...layer,
    async *features() {
      if (kept) return yield* readFeatures(store, kept)
      const begin = place.end
      const encoder = new TextEncoder()
      let pending = ''
      const write = async () => {
        const bytes = encoder.encode(pending)
        await store.append(bytes)
        place.end += bytes.length
        pending = ''
      }
      for await (const feature of layer.features()) {
        pending += `${JSON.stringify(feature)}\n`
        if (pending.length >= CHUNK) await write()
        yield feature
      }
      if (pending) await write()
      kept = { begin, end: place.end }
    },
  }
}

async function* readFeatures(
  store: BlockStore,
  { begin, end }: { begin: number; end: number },
): AsyncGenerator<Feature> {
  const decoder = new TextDecoder()
  let text = ''
  for (let at = begin; at < end; at += CHUNK) {
    text += decoder.decode(await store.read(at, Math.min(CHUNK, end - at)), { stream: true })
    const lines = text.split('\n')
    text = lines.pop()!
    for (const line of lines) yield JSON.parse(line) as Feature
  }
}
