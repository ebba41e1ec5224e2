import { expect, test } from 'vitest'
import { droppedFiles } from './droppedFiles'

/** A dropped file, as Chromium's entries give it. */
const fileEntry = (fullPath: string) => ({
  isFile: true,
  fullPath,
  file: (found: (file: File) => void) => found(new File(['x'], fullPath.split('/').at(-1)!)),
})

/** A dropped folder, which is read a hundred entries at a time. */
function folderEntry(fullPath: string, children: unknown[]) {
  return {
    isFile: false,
    fullPath,
    createReader() {
      const batches = Array.from({ length: Math.ceil(children.length / 100) }, (_, i) =>
        children.slice(100 * i, 100 * i + 100),
      )
      return { readEntries: (found: (entries: unknown[]) => void) => found(batches.shift() ?? []) }
    },
  }
}

const drop = (...entries: (object | null)[]) =>
  ({
    items: entries.map(entry => ({
      kind: 'file',
      webkitGetAsEntry: () => entry,
      getAsFile: () => new File(['x'], 'pasted.h5'),
    })),
  }) as unknown as DataTransfer

const many = (count: number) =>
  folderEntry(
    '/area/img',
    Array.from({ length: count }, (_, i) => fileEntry(`/area/img/image_${i}.h5`)),
  )

test('folders are walked to the bottom, and the count is said', async () => {
  const labels: string[] = []
  const list = droppedFiles(drop(folderEntry('/area', [many(1250)]), fileEntry('/b.tif'), null))
  const files = await list({
    signal: new AbortController().signal,
    onProgress: ({ label }) => labels.push(label),
  })
  expect(files).toHaveLength(1252)
  expect(files[1249]!.path).toBe('area/img/image_1249.h5')
  expect(files.slice(1250).map(({ path }) => path)).toEqual(['b.tif', 'pasted.h5'])
  expect(labels.at(-1)).toBe('Listing files, 1,200')
})

test('the walk can be cancelled, and says what cannot be read', async () => {
  const abort = new AbortController()
  const cancelled = droppedFiles(drop(many(5000)))({ signal: abort.signal, onProgress: () => abort.abort() })
  await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
  const broken = {
    isFile: true,
    file: (_: unknown, failed: (reason: Error) => void) => failed(new Error('gone')),
  }
  const unread = droppedFiles(drop(broken))({
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
  await expect(unread).rejects.toMatchObject({ code: 'file-unreadable' })
})
