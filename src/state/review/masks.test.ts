import { expect, test, vi } from 'vitest'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { loadPixels } from './masks'

test('a large patch is read by the files worker, so that the window stays free; a small one in the window', async () => {
  const large = { ...patchRecord('large'), width: 1024, height: 1024 }
  const studio = openStudio(emptyDisk([patchRecord('small'), large]))
  await openProject(studio)
  const data = new Float32Array(14)
  const call = vi.spyOn(studio.files, 'call').mockResolvedValue({ data, valid: null, label: null })
  const read = vi.spyOn(studio.storage, 'readPixels')

  expect((await loadPixels(studio, 'large')).data).toBe(data)
  expect(call).toHaveBeenCalledWith('pixels', { patchId: 'large' })
  expect(read).not.toHaveBeenCalled()
  call.mockClear()
  studio.pixels.pixels.clear()
  await loadPixels(studio, 'small')
  expect(read).toHaveBeenCalledWith('small')
  expect(call).not.toHaveBeenCalled()
})
